"""Reads the Lambda functions of a graph: code, limits, versions and aliases.

Source: AWS Lambda Developer Guide, "Lambda function versions" and "Lambda function aliases".
"""

from pathlib import Path

from portcullis.gateway.resources.arn import function_arn
from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.specs import FunctionSpec
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import Graph, Resource, archive_path

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"


def function_specs(graph: Graph) -> tuple[FunctionSpec, ...]:
    """The Lambda functions that the runtime invokes. Raises UnsupportedError."""
    return tuple(_function_spec(r, graph) for r in graph.of_type(FUNCTION))


def _function_spec(resource: Resource, graph: Graph) -> FunctionSpec:
    block = read_resource(resource)
    name = block.text("name") or resource.name
    runtime = block.text("runtime") or ""
    if not runtime.startswith("python"):
        raise UnsupportedError(block.place, f"the runtime {runtime!r} is not emulated")
    code = archive_path(block.raw("code"))
    if code is None:
        raise UnsupportedError(block.place, "its code must be a file on this machine")
    environment = block.block("environment")
    reserved = block.integer("reservedConcurrentExecutions")
    timeout, memory = block.number("timeout"), block.integer("memorySize")
    return FunctionSpec(
        name=name,
        handler=block.required_text("handler"),
        code=Path(code),
        environment={} if environment is None else environment.text_map("variables"),
        timeout_seconds=FunctionSpec.timeout_seconds if timeout is None else timeout,
        memory_mb=FunctionSpec.memory_mb if memory is None else memory,
        concurrency=None if reserved is None or reserved < 0 else reserved,
        qualifiers=frozenset(_qualifiers(block, name, graph)),
    )


def _qualifiers(function: Block, name: str, graph: Graph) -> set[str]:
    """The published versions and aliases that a qualified ARN may have."""
    found = {"$LATEST"}
    version = function.text("version")
    if function.flag("publish") and version:
        found.add(version)
    for alias in map(read_resource, graph.of_type(ALIAS)):
        named = alias.required_text("functionName")
        parsed = function_arn(named)
        if (parsed.name if parsed else named) == name:
            pinned = alias.text("functionVersion") or "$LATEST"
            if pinned not in {version, "$LATEST"}:
                raise UnsupportedError(
                    alias.place,
                    f"functionVersion is {pinned}, but the graph has the code of version {version}",
                    "Point the alias at the function's current version.",
                )
            found.add(alias.required_text("name"))
    return found
