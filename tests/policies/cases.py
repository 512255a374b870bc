"""Example programs of one rule: what it must refuse, what it must let pass.

The first bad and the first good one are the examples on the rule's page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Program = Callable[[], object]


@dataclass(frozen=True)
class Case:
    rule: str
    program: Program
    refused: tuple[str, ...]  # names of the resources, sorted
    says: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    ignored: bool = False

    def __str__(self) -> str:
        return self.program.__name__

    def check(self, judged: Callable[..., Any]) -> None:
        """Judge the program in a preview and in an update; both must say what is expected."""
        found = [v for v in judged(self.program, **self.options) if v.rule == self.rule]
        assert tuple(sorted({v.resource_name for v in found})) == self.refused, found
        assert all(v.remediation for v in found)
        assert not self.says or any(self.says in v.message for v in found), found


class Cases(list[Case]):
    """Collects the programs of one test module, in order."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule

    def bad(self, *names: str, says: str = "", **options: Any) -> Callable[[Program], Program]:
        """The rule must refuse these resources, and one message must say so."""
        return self._add(tuple(sorted(names)), says, options)

    def good(self, program: Program) -> Program:
        """The rule must have nothing to say."""
        return self._add((), "", {})(program)

    def ignored(self, program: Program) -> Program:
        """The same demand, for something that the rule is not about."""
        self.append(Case(self.rule, program, (), ignored=True))
        return program

    def passes(self, **options: Any) -> Callable[[Program], Program]:
        """As ``good``, judged with options."""
        return self._add((), "", options)

    def _add(
        self, refused: tuple[str, ...], says: str, options: dict[str, Any]
    ) -> Callable[[Program], Program]:
        def add(program: Program) -> Program:
            self.append(Case(self.rule, program, refused, says, options))
            return program

        return add
