"""Example programs are really run, in a preview and in an update, and judged by the real pack."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portcullis.analyzer import RunningPack, Verdict, running_pack
from portcullis.graph.recorder import record
from portcullis.graph.resource import Graph

PACK = Path(__file__).parents[2] / "policies"
ACCOUNT = "000000000000"
Program = Callable[[], object]


def computed(type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What an update makes known: an id and the outputs that the example programs pass on."""
    service = type_.split(":")[1].partition("/")[0]
    outputs = {
        "id": f"{name}-id",
        "arn": f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{name}",
        "executionArn": f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:{name}-id",
        "rootResourceId": f"{name}-root",
        "versionId": "v7",
        "invokeArn": f"arn:aws:apigateway:eu-central-1:lambda:path/functions/{name}/invocations",
    }
    return f"{name}-id", outputs | inputs


def no_lookup(token: str, _arguments: dict[str, Any]) -> dict[str, Any]:
    raise NotImplementedError(token)


def graph_of(program: Program, *, preview: bool, stack: str = "test") -> Graph:
    return record(
        program,
        project="example",
        stack=stack,
        config={"aws:region": "eu-central-1"},
        preview=preview,
        outputs=computed,
        lookup=no_lookup,
    )


@pytest.fixture(scope="session")
def pack() -> Iterator[RunningPack]:
    with running_pack(PACK) as running:
        yield running


@pytest.fixture
def judged(pack: RunningPack) -> Callable[..., Verdict]:
    """Judge a program. A preview and an update must agree, or the test fails."""

    def judge(program: Program, *, stack: str = "test", **options: Any) -> Verdict:
        preview = pack.judge(graph_of(program, preview=True, stack=stack), preview=True, **options)
        update = pack.judge(graph_of(program, preview=False, stack=stack), preview=False, **options)
        assert where(preview) == where(update)
        return preview

    return judge


@pytest.fixture
def refused(judged: Callable[..., Verdict]) -> Callable[..., list[str]]:
    """The names of the resources that one rule refuses in a program."""

    def names(rule: str, program: Program, **options: Any) -> list[str]:
        verdict = judged(program, **options)
        return [v.resource_name for v in verdict.violations if v.rule == rule]

    return names


def where(verdict: Verdict) -> list[tuple[str, str]]:
    return sorted({(v.rule, v.resource_urn) for v in verdict.violations})
