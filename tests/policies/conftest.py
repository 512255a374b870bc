"""One pack judges every example program of this folder."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portcullis.analyzer import RunningPack, Verdict, Violation, running_pack
from tests.policies.cases import Program
from tests.policies.in_process import pack_in_process
from tests.policies.running import PACK, graph_of


@pytest.fixture(scope="session")
def served_pack() -> Iterator[RunningPack]:
    """The pack as it is shipped, in a process of its own, as the engine starts it."""
    with running_pack(PACK) as running:
        yield running


@pytest.fixture(scope="session")
def default_pack() -> RunningPack:
    """The same in this process; test_pack.py has the served one judge every example."""
    return pack_in_process(PACK)


@pytest.fixture(scope="session")
def pack(default_pack: RunningPack) -> RunningPack:
    return default_pack


@pytest.fixture
def judged(pack: RunningPack) -> Callable[..., tuple[Violation, ...]]:
    """Judge a program. A preview and an update must agree, or the test fails."""

    def judge(program: Program, *, stack: str = "test", **options: Any) -> tuple[Violation, ...]:
        return agreed_violations(pack, program, stack, options)

    return judge


def agreed_violations(
    pack: RunningPack, program: Program, stack: str, options: dict[str, Any]
) -> tuple[Violation, ...]:
    preview = pack.judge(graph_of(program, preview=True, stack=stack), preview=True, **options)
    update = pack.judge(graph_of(program, preview=False, stack=stack), preview=False, **options)
    assert where(preview) == where(update)
    return preview.violations


def where(verdict: Verdict) -> list[tuple[str, str]]:
    return sorted({(v.rule, v.resource_urn) for v in verdict.violations})
