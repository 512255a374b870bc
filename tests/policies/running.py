"""Really run an example program, in a preview or in an update."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from portcullis.graph.recorder import record
from portcullis.graph.resource import Graph

PACK = Path(__file__).parents[2] / "policies"
ACCOUNT = "000000000000"


def graph_of(program: Callable[[], object], *, preview: bool, stack: str = "test") -> Graph:
    return record(
        program,
        project="example",
        stack=stack,
        config={"aws:region": "eu-central-1"},
        preview=preview,
        outputs=_computed,
        lookup=_no_lookup,
    )


def _computed(type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What an update makes known: an id and the outputs that the example programs pass on."""
    service = type_.split(":")[1].partition("/")[0]
    outputs = {
        "id": f"{name}-id",
        "name": name,
        "arn": f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{name}",
        "executionArn": f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:{name}-id",
        "rootResourceId": f"{name}-root",
        "versionId": "v7",
        "keyId": f"{name}-key",
        "invokeArn": f"arn:aws:apigateway:eu-central-1:lambda:path/functions/{name}/invocations",
    }
    return f"{name}-id", outputs | inputs


def _no_lookup(token: str, _arguments: dict[str, Any]) -> dict[str, Any]:
    raise NotImplementedError(token)
