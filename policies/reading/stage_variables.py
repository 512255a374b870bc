"""Puts the stage variables of an API into its URIs: one URI for each stage, and for each canary.

Source: API Gateway Developer Guide, "Using stage variables for a REST API".
"""

import re
from collections.abc import Iterator

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack

VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
STAGES = ((types.REST_STAGE, "restApi"), (types.HTTP_STAGE, "apiId"))


def resolved(uri: Node, owner: JudgedResource, stack: Stack) -> list[str]:
    """The URI of a part of an API, with the values that the stages of this stack set.

    Raises:
        UndecidedError: the URI or a value is unknown, or a stage does not set a variable.
    """
    text = uri.text()
    if not VARIABLE.search(text):
        return [text]
    variables = [one for api in _apis(owner, stack) for one in _variables(api, stack)]
    if not variables:
        raise UndecidedError(f"{uri.path} has a stage variable that no stage of this stack sets")
    return sorted({_replaced(text, one, uri.path) for one in variables})


def _apis(owner: JudgedResource, stack: Stack) -> list[JudgedResource]:
    if owner.type in {types.REST_API, types.HTTP_API}:
        return [owner]
    keys = ("restApi", "restApiId", "apiId")
    return [api for key in keys for api in stack.used_by(owner, key)]


def _variables(api: JudgedResource, stack: Stack) -> Iterator[dict[str, Node]]:
    for type_, key in STAGES:
        for stage in stack.users_of(api, key, type_):
            variables = dict(stage["variables"].entries())
            yield variables
            overrides = stage["canarySettings"]["stageVariableOverrides"]
            if overrides.present:
                yield variables | dict(overrides.entries())


def _replaced(text: str, variables: dict[str, Node], path: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise UndecidedError(f"{path} has the stage variable {match[1]}, which a stage lacks")
        return variables[match[1]].text()

    return VARIABLE.sub(value, text)
