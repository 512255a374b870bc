"""Really run an example program, in a preview or in an update."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from portcullis.graph.recorder import record
from portcullis.graph.resource import Graph

PACK = Path(__file__).parents[2] / "policies"
WIDENED = {"scope": {"widen": [{"reason": "Every example is judged.", "owner": "tests"}]}}
ACCOUNT = "000000000000"


def files_with(folder: Path, configuration: dict[str, Any]) -> Path:
    """The files beside the rules, for the pack in this process."""
    files = folder / "policies"
    files.mkdir()
    shutil.copy(PACK / "PulumiPolicy.yaml", files)
    (files / "configuration.yaml").write_text(yaml.safe_dump(configuration))
    return files


def pack_with(folder: Path, configuration: dict[str, Any]) -> Path:
    """A copy of the pack with a configuration of its own."""
    copied = folder / "policies"
    shutil.copytree(PACK, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "PulumiPolicy.yaml").write_text(
        (PACK / "PulumiPolicy.yaml").read_text().replace("../.venv", str(PACK.parent / ".venv"))
    )
    (copied / "configuration.yaml").write_text(yaml.safe_dump(configuration))
    return copied


def graph_of(program: Callable[[], object], *, preview: bool, stack: str = "test") -> Graph:
    return record(
        program,
        project="example",
        stack=stack,
        config={"aws:region": "eu-central-1"},
        preview=preview,
        outputs=computed_outputs,
        lookup=_no_lookup,
    )


def computed_outputs(type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What an update makes known: an id and the outputs that the example programs pass on."""
    service = type_.split(":")[1].partition("/")[0]
    executed = f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:{name}-id"
    if type_.endswith(":Stage"):
        executed = f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:api-id/{name}"
    outputs = {
        "id": f"{name}-id",
        "name": name,
        "arn": f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{name}",
        "executionArn": executed,
        "rootResourceId": f"{name}-root",
        "versionId": "v7",
        "version": "7",
        "keyId": f"{name}-key",
        "invokeArn": f"arn:aws:apigateway:eu-central-1:lambda:path/functions/{name}/invocations",
    }
    return f"{name}-id", outputs | inputs


def _no_lookup(token: str, _arguments: dict[str, Any]) -> dict[str, Any]:
    raise NotImplementedError(token)
