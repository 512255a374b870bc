"""Decides whether a Lambda function that an API or a permission names is declared in the stack."""

import re

from policies.reading import types
from policies.reading.account import is_own_account
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack

# Lambda Developer Guide, "Lambda function ARN": an alias or a version may follow the name.
ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:(\d{12}):function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?"
)
# API Gateway API Reference, CreateAuthorizer: authorizerUri.
INVOCATION = re.compile(
    r"arn:aws[a-z-]*:apigateway:[^:]*:lambda:path/[^/]+/functions/(.+)/invocations"
)
NAME = re.compile(r"(?:.*:function:|\d{12}:function:)?([A-Za-z0-9_-]+)(?::[A-Za-z0-9$_-]+)?")
LATEST = "$LATEST"
FUNCTIONS = (types.FUNCTION, types.FUNCTION_ALIAS)


def is_declared_call(uri: Node, key: str, owner: JudgedResource, stack: Stack) -> bool:
    """Whether an invocation URI, in the property ``key`` of ``owner``, calls a declared function.

    A function that the configuration trusts counts as declared.

    Raises:
        UndecidedError: the URI is unknown and refers to no function of this stack.
    """
    used = [f for f in stack.used_by(owner, key, *FUNCTIONS) if is_declared(f, stack)]
    if used and (not uri.known or any(_names_arn(uri.text(), one) for one in used)):
        return True  # a preview knows only that the URI is made from a function of this stack
    called = INVOCATION.fullmatch(uri.text())
    return called is not None and (
        is_declared_arn(called[1], stack) or is_trusted_function(called[1], stack, owner)
    )


def _names_arn(uri: str, function: JudgedResource) -> bool:
    """Whether a URI contains an ARN of the function, as an update knows it."""
    return any(
        function[key].is_text and function[key].text() in uri
        for key in ("arn", "invokeArn", "qualifiedInvokeArn")
    )


def is_declared(resource: JudgedResource, stack: Stack) -> bool:
    """Whether a function, or the function behind an alias, is declared in this stack."""
    if resource.type == types.FUNCTION:
        return True
    name = resource["functionName"]
    used = stack.used_by(resource, "functionName", types.FUNCTION)
    return bool(used) or (name.is_text and function_name(name.text()) in _names(stack))


def is_declared_arn(arn: str, stack: Stack) -> bool:
    """Whether an ARN names a function of this stack: itself, or by an alias of this stack.

    A version by its number is code that this stack no longer declares.
    """
    match = ARN.fullmatch(arn)
    if match is None:
        return False
    account, name, qualifier = match.groups()
    return (
        is_own_account(account, stack)
        and name in _names(stack)
        and (qualifier in {None, LATEST} or qualifier in _aliases(stack))
    )


def is_trusted_function(arn: str, stack: Stack, resource: JudgedResource) -> bool:
    """Whether the configuration trusts a function by its ARN, with or without its qualifier."""
    match = ARN.fullmatch(arn)
    names = {arn}
    if match and match[3]:
        names.add(arn.removesuffix(f":{match[3]}"))
    return any(stack.trusts_name("functions", name, resource) for name in sorted(names))


def function_name(text: str) -> str:
    """The name in a function's name, partial ARN or ARN; empty if it has none."""
    match = NAME.fullmatch(text)
    return match[1] if match else ""


def _names(stack: Stack) -> frozenset[str]:
    return _known_names(stack, types.FUNCTION)


def _aliases(stack: Stack) -> frozenset[str]:
    return _known_names(stack, types.FUNCTION_ALIAS)


def _known_names(stack: Stack, type_: str) -> frozenset[str]:
    names: frozenset[str] = stack.memo(
        f"names of {type_}",
        lambda: frozenset(
            one["name"].text() for one in stack.of_type(type_) if one["name"].is_text
        ),
    )
    return names
