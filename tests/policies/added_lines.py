"""A clean program with one more line, judged in this process: which rules refuse the line."""

from collections.abc import Callable
from typing import Any

import pytest

from policies.configuration import Configuration, ConfigurationEntry
from policies.rules import RULES
from tests.policies import by_hand
from tests.policies.by_hand import Clean
from tests.policies.in_process import refusals
from tests.policies.running import graph_of

Line = Callable[[Clean], Any]


class Lines:
    """Collects the lines that a rule must refuse, and those that no rule may refuse."""

    def __init__(self, rule: str) -> None:
        assert rule in {one.name for one in RULES}
        self.rule = rule
        self.dangerous: list[Line] = []
        self.innocent: list[Line] = []

    def refused(self, line: Line) -> Line:
        self.dangerous.append(line)
        return line

    def passes(self, line: Line) -> Line:
        self.innocent.append(line)
        return line


def rules_that_refuse(line: Line, *trusted: tuple[str, str]) -> set[str]:
    """The rules that refuse the line; ``trusted`` as for :func:`refusals_of`."""
    return {rule for rule, _ in refusals_of(line, *trusted)}


def refusals_of(line: Line, *trusted: tuple[str, str]) -> set[tuple[str, str]]:
    """Rule and resource of each refusal. A preview and an update must agree.

    ``trusted`` are kinds and names of the pack's configuration.
    """
    entries = (
        ConfigurationEntry(kind=kind, name=name, reason="Agreed.", owner="tests")
        for kind, name in trusted
    )
    configuration = Configuration(entries=tuple(entries))
    found = [
        {
            (rule, message.partition(":")[0])
            for rule, message in refusals(
                graph_of(lambda: line(by_hand.from_a_body()), preview=preview), configuration
            )
        }
        for preview in (True, False)
    ]
    assert found[0] == found[1]
    return found[0]


def parametrised(lines: list[Line]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("line", lines, ids=[line.__name__ for line in lines])
