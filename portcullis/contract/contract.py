"""The API's contract: an OpenAPI 3.0 document whose every operation says who may call it.

Only what API Gateway imports is kept for the upload: the import fails on any warning.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portcullis.contract.operations import AWS_EXTENSION, ContractOperation, OperationReader
from portcullis.contract.paths import PathChecks
from portcullis.contract.references import References
from portcullis.contract.schemas import Schemas
from portcullis.contract.source import ContractSource, read

JWKS_PATH = "/.well-known/jwks.json"
MAX_IMPORT_BYTES = 6 * 1024 * 1024  # API Gateway quotas: an OpenAPI document for import
ADDED_BYTES = 1000  # by the program to an operation: authorizer, validator and integration
_VERSION = re.compile(r"3\.0\.[0-9]+")
_SECTIONS = ("parameters", "responses", "requestBodies", "schemas", "headers", "securitySchemes")


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A contract that API Gateway can import. ``ignored`` is what it does not know in it."""

    document: Mapping[str, Any]  # openapi, info and components, as API Gateway imports them
    operations: tuple[ContractOperation, ...]
    ignored: tuple[str, ...]

    @classmethod
    def load(cls, file: Path) -> "Contract":
        """Raises ContractError with a line for every fault."""
        source = read(file)
        _check_version(source)
        source.finish()  # another version has other members
        _check_sections(source)
        source.finish()
        return _contract(source)

    @property
    def description(self) -> str:
        return str(self.document["info"]["description"])

    @property
    def resource_count(self) -> int:
        """How many resources API Gateway creates: one for each path and each part before it."""
        found: set[tuple[str, ...]] = {()}
        for operation in self.operations:
            segments = tuple(segment for segment in operation.path.split("/") if segment)
            found |= {segments[:length] for length in range(len(segments) + 1)}
        return len(found)

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(o.scope for o in self.operations if o.scope is not None)


def _contract(source: ContractSource) -> Contract:
    document = source.document
    info = _info(source)
    reader, checks = OperationReader(source), PathChecks(source)
    reader.refuse_extensions(document, ())
    for keys, holder in (((), document), (("paths",), document["paths"])):
        if "x-scope" in holder:
            source.add((*keys, "x-scope"), "belongs to an operation or to its path. Move it there.")
    operations: list[ContractOperation] = []
    uploaded: dict[str, str] = {}  # each path in API Gateway
    for path, item in document["paths"].items():
        if path.startswith("x-") and not path.startswith(AWS_EXTENSION):
            continue
        if not isinstance(item, Mapping):
            source.add(("paths", path), "must be a mapping of methods.")
        elif (known := checks.check(path)) is not None:
            uploaded[path] = known
            operations += reader.of_path(path, item)
    _check_key_set(source, operations)
    operations = [operation.moved(uploaded[operation.path]) for operation in operations]
    schemas = Schemas(source, References(source))
    models = schemas.models()
    if not source.faults and not any(operation.scope for operation in operations):
        source.add(("paths",), "must have an operation with a scope. Write one with x-scope.")
    source.finish()
    if not any(operation.scope is None for operation in operations):
        operations.append(_key_set())
    _check_size(source, [models, *(operation.document for operation in operations)])
    ignored = [f"{keyword} in a schema: {effect}" for keyword, effect in schemas.ignored.items()]
    return Contract(
        document={
            "openapi": document["openapi"],
            "info": info,
            "components": {"schemas": models} if models else {},
        },
        operations=tuple(operations),
        ignored=tuple(ignored),
    )


def _check_size(source: ContractSource, uploaded: list[Any]) -> None:
    size = sum(len(json.dumps(one)) + ADDED_BYTES for one in uploaded)
    if size > MAX_IMPORT_BYTES:
        source.add(
            (),
            f"needs about {size} bytes in API Gateway, which imports at most {MAX_IMPORT_BYTES}. "
            "Shorten descriptions, or split the API.",
        )
    source.finish()


def _check_version(source: ContractSource) -> None:
    document = source.document
    if "swagger" in document:
        source.add(
            ("swagger",),
            f"is OpenAPI {document['swagger']}, and the program reads 3.0. Convert the document, "
            "and write openapi: 3.0.3",
        )
    elif "openapi" not in document:
        source.add((), "has no openapi. Write openapi: 3.0.3")
    elif not _VERSION.fullmatch(version := str(document["openapi"])):
        source.add(
            ("openapi",),
            "is 3.0, which is not a whole version. Write openapi: 3.0.3"
            if version == "3.0"
            else f"is {version}, but API Gateway imports OpenAPI 3.0. Write openapi: 3.0.3; "
            "the next check names what 3.0 does not have.",
        )


def _check_sections(source: ContractSource) -> None:
    document = source.document
    for key in ("info", "paths"):
        if not isinstance(document.get(key), Mapping):
            source.add((key,), f"{key} must be a mapping." if key in document else f"has no {key}.")
    components = document.get("components", {})
    if not isinstance(components, Mapping | None):
        source.add(("components",), "must be a mapping.")
    for section in _SECTIONS if isinstance(components, Mapping) else ():
        if not isinstance(components.get(section), Mapping | None):
            source.add(("components", section), "must be a mapping.")


def _info(source: ContractSource) -> dict[str, Any]:
    """Title, version and description; the last is the first two if it is not there."""
    info = source.document["info"]
    kept: dict[str, Any] = {}
    for key in ("title", "version"):
        if not isinstance(info.get(key), str | int | float) or info[key] == "":
            source.add(("info", key), f"must have {key}, which is a string.")
        kept[key] = str(info.get(key))
    described = info.get("description")
    kept["description"] = (
        described
        if isinstance(described, str) and described
        else f"{kept['title']} {kept['version']}"
    )
    return kept


def _check_key_set(source: ContractSource, operations: list[ContractOperation]) -> None:
    for operation in operations:
        at = ("paths", operation.path, operation.method.lower())
        is_key_set = "x-jwks" in source.document["paths"][operation.path][at[2]]
        if is_key_set and operation.path != JWKS_PATH:
            source.add((*at, "x-jwks"), f"serves the public keys, which belong at {JWKS_PATH}.")
        if not is_key_set and operation.path == JWKS_PATH:
            source.add(
                at,
                "is where the public keys of the tokens are served. Write x-jwks: true in its get "
                "operation, or remove the path.",
            )


def _key_set() -> ContractOperation:
    """The operation that a contract without x-jwks gets: backends need the public keys."""
    return ContractOperation(
        method="GET",
        path=JWKS_PATH,
        scope=None,
        document={
            "operationId": "portcullisKeySet",
            "summary": "The public keys that tokens are verified with (RFC 7517).",
            "responses": {
                "200": {
                    "description": "The key set.",
                    "headers": {"Cache-Control": {"schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {"type": "object"}}},
                }
            },
        },
    )
