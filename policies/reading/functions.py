"""Decides whether a Lambda function that an API or a permission names is declared in the stack."""

import re

from policies.reading import types
from policies.reading.account import is_in_region, is_own_account
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stage_variables import resolved

# Lambda Developer Guide, "Lambda function ARN": an alias or a version may follow the name.
ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?"
)
# API Gateway API Reference, CreateAuthorizer: authorizerUri.
INVOCATION = re.compile(
    r"arn:aws[a-z-]*:apigateway:([^:]*):lambda:path/[^/]+/functions/(.+)/invocations"
)
NAME = re.compile(r"(?:.*:function:|\d{12}:function:)?([A-Za-z0-9_-]+)(?::[A-Za-z0-9$_-]+)?")
LATEST = "$LATEST"
UNDECLARED = "does not call a function of this stack"
UNDECLARED_ALIAS = "calls a version, or an alias that this stack does not declare"
OTHER_REGION = "calls a function in another region, which this stack does not declare"
FIXED_VERSION = "calls an alias that names a version by its number: code of an earlier update"
FUNCTIONS = (types.FUNCTION, types.FUNCTION_ALIAS)


def fault_of_call(uri: Node, key: str, owner: JudgedResource, stack: Stack) -> str:
    """What is wrong with an invocation URI, in the property ``key`` of ``owner``; empty if nothing.

    A function that the configuration trusts counts as declared.

    Raises:
        UndecidedError: the URI is unknown and refers to no function of this stack.
    """
    used = [f for f in stack.used_by(owner, key, *FUNCTIONS) if is_declared(f, stack)]
    if used and (not uri.known or any(_names_arn(uri.text(), one) for one in used)):
        # A preview knows only that the URI is made from a function of this stack.
        return next((fault for one in used if (fault := _fault_of_alias(one, stack))), "")
    if not uri.known and stack.trusts("functions", uri, owner):
        return ""
    faults = (_fault_of_text(text, owner, stack) for text in resolved(uri, owner, stack))
    return next((fault for fault in faults if fault), "")


def _fault_of_text(uri: str, owner: JudgedResource, stack: Stack) -> str:
    called = INVOCATION.fullmatch(uri)
    if called is None:
        return UNDECLARED
    region, arn = called.groups()
    fault = _fault_of_arn(arn, stack) or ("" if f":lambda:{region}:" in arn else OTHER_REGION)
    return "" if fault and is_trusted_function(arn, stack, owner) else fault


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
    return bool(used) or (
        name.is_text and bool(stack.named(types.FUNCTION, function_name(name.text())))
    )


def _fault_of_arn(arn: str, stack: Stack) -> str:
    match = ARN.fullmatch(arn)
    if match is None:
        return UNDECLARED
    region, account, name, qualifier = match.groups()
    functions = stack.named(types.FUNCTION, name)
    if not is_own_account(account, stack) or not functions:
        return UNDECLARED
    if not any(is_in_region(one, region, stack) for one in functions):
        return OTHER_REGION
    if qualifier in {None, LATEST}:
        return ""
    aliases = [
        alias
        for alias in stack.named(types.FUNCTION_ALIAS, qualifier)
        if name in _names_of_function(alias, stack)
    ]
    if not aliases:
        return UNDECLARED_ALIAS
    return next((fault for one in aliases if (fault := _fault_of_alias(one, stack))), "")


def _names_of_function(alias: JudgedResource, stack: Stack) -> set[str]:
    used = stack.used_by(alias, "functionName", types.FUNCTION)
    names = {one["name"].text() for one in used if one["name"].is_text}
    given = alias["functionName"]
    return names | ({function_name(given.text())} if given.is_text else set())


def _fault_of_alias(alias: JudgedResource, stack: Stack) -> str:
    """An alias leads to the version that the update publishes, and to no other one."""
    if alias.type != types.FUNCTION_ALIAS:
        return ""
    version, routing = alias["functionVersion"], alias["routingConfig"]
    is_fresh = bool(stack.used_by(alias, "functionVersion", types.FUNCTION))
    if not is_fresh and not (version.is_text and version.text() == LATEST):
        return FIXED_VERSION
    if any(True for _ in routing.leaves()) and not alias.uses("routingConfig"):
        return FIXED_VERSION
    return ""


def is_trusted_function(arn: str, stack: Stack, resource: JudgedResource) -> bool:
    """Whether the configuration trusts a function by its ARN, with or without its qualifier."""
    match = ARN.fullmatch(arn)
    names = {arn}
    if match and match[4]:
        names.add(arn.removesuffix(f":{match[4]}"))
    return any(stack.trusts_name("functions", name, resource) for name in sorted(names))


def function_name(text: str) -> str:
    """The name in a function's name, partial ARN or ARN; empty if it has none."""
    match = NAME.fullmatch(text)
    return match[1] if match else ""
