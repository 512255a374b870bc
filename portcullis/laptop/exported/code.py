"""The functions' zips of an exported graph: where the deploy left them, or files in their place."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from portcullis.graph.resource import ARCHIVE, SIGNATURE, Graph, Resource, archive_path
from portcullis.laptop.exported.errors import SubstitutionError

FUNCTION = "aws:lambda/function:Function"


def with_code(graph: Graph, files: Mapping[str, Path]) -> Graph:
    """Each function's code is a zip on this machine.

    Args:
        graph: the exported graph.
        files: zips by function name; under an empty name, the only function's.

    Raises:
        SubstitutionError: a function without a zip, or a zip without a function.
    """
    functions = {str(r.property("name") or r.name): r for r in graph.of_type(FUNCTION)}
    if "" in files and len(functions) != 1:
        raise SubstitutionError(
            f"--code ZIP needs a graph with one function, and this one has {len(functions)}. Name "
            "it: " + " ".join(f"--code {name}=ZIP" for name in sorted(functions))
        )
    unknown = sorted(set(files) - set(functions) - {""})
    if unknown:
        raise SubstitutionError(
            f"--code names the function {unknown[0]!r}, which is not in the export. It has: "
            f"{', '.join(sorted(functions)) or 'none'}"
        )
    for name, resource in functions.items():
        file = files.get(name, files.get(""))
        exported = archive_path(resource.property("code"))
        if file is None and exported is not None and _is_deployed(Path(exported), resource):
            continue
        if file is None:
            raise SubstitutionError(
                f"The deployed code of function {name} is not on this machine. Give its zip: "
                f"--code {name}=ZIP (`portcullis up --config authorizerPlatform=laptop` leaves one "
                "for this machine in .portcullis/build)"
            )
        if not file.is_file():
            raise SubstitutionError(f"--code {file}: the file does not exist.")
        code = {SIGNATURE: ARCHIVE, "path": str(file.resolve())}
        graph = graph.with_properties(resource, {"code": code})
    return graph


def _is_deployed(file: Path, function: Resource) -> bool:
    """Whether the file is there and has the digest that the deploy recorded, if it did so."""
    if not file.is_file():
        return False
    recorded = function.property("codeSha256") or function.property("sourceCodeHash")
    digest = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
    return recorded is None or recorded == digest
