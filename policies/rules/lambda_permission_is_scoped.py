"""Refuses a Lambda permission without a narrow source ARN."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node, UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

STAGES = (types.REST_STAGE, types.HTTP_STAGE)
APIS = (types.REST_API, types.HTTP_API, *STAGES)
AUTHORIZER_TYPES = (types.REST_AUTHORIZER, types.HTTP_AUTHORIZER)
SERVICE = ".amazonaws.com"
EXECUTION = ":execute-api:"
GATEWAY = "apigateway.amazonaws.com"
AUTHORIZERS = "authorizers"
METHOD_PARTS = 3  # stage, method and the path's first segment


def _check(permission: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    principal = permission["principal"].text()
    if principal == "*":
        yield "principal is a wildcard."
    elif principal == GATEWAY:
        yield from _check_source(permission, stack)
    else:
        yield from _check_other(permission, principal, stack)


def _check_other(permission: JudgedResource, principal: str, stack: Stack) -> Iterator[str]:
    """Any caller of the authorizer can send it a forged event, and the answer holds a token."""
    if principal.endswith((SERVICE, f"{SERVICE}.cn")):
        if not permission["sourceArn"].present and not permission["sourceAccount"].present:
            yield "sourceArn is missing: the service can invoke the function for any account."
        elif not permission["sourceAccount"].present and _is_of_any_account(permission, stack):
            yield "sourceArn is not limited to one account."
    elif not stack.used_by(permission, "principal", types.IAM_ROLE) and not stack.trusts(
        "principals", permission["principal"], permission
    ):
        yield "principal is neither a service nor a role of this stack."


def _is_of_any_account(permission: JudgedResource, stack: Stack) -> bool:
    source = permission["sourceArn"]
    if not source.known or stack.used_by(permission, "sourceArn"):
        return False  # the ARN of a resource
    parts = source.text().split(":", 5)
    return len(parts) < 6 or "*" in parts[4] or "?" in parts[4]  # noqa: PLR2004 - an ARN's parts


def _check_source(permission: JudgedResource, stack: Stack) -> Iterator[str]:
    source = permission["sourceArn"]
    if not source.present:
        yield "sourceArn is missing: any API of any account can invoke the function."
    elif _is_of_this_stack(source, permission, stack):
        return  # the rules judge the routes of that API
    elif source.known:
        if not _is_narrow(source.text()):
            yield "sourceArn must be limited to the authorizers, or one method, of one API."
    else:
        raise UndecidedError("sourceArn does not refer to an API of this stack")


def _is_of_this_stack(source: Node, permission: JudgedResource, stack: Stack) -> bool:
    """Whether the ARN is made from an API of this stack.

    A preview knows only that it is. An update also refuses a value that names another API, which
    only a function in ``apply`` can make of it. A text that names no API matches none.
    """
    used = stack.used_by(permission, "sourceArn", *APIS, *AUTHORIZER_TYPES)
    if not used or not source.known:
        return bool(used)
    arns = [api["executionArn"] for api in used if api.type in APIS]
    text = source.text()
    # A wildcard may follow at once: the ids of all APIs have the same length.
    if any(arn.known and text.startswith(arn.text()) for arn in arns):
        return True
    return "*" not in text and EXECUTION not in text


def _is_narrow(arn: str) -> bool:
    """``arn:aws:execute-api:region:account:api/authorizers/…`` or ``…:api/stage/METHOD/path``."""
    parts = arn.split(":", 5)
    api, *rest = parts[-1].split("/")
    if len(parts) < 6 or "*" in "".join(parts[:5]) or "*" in api:  # noqa: PLR2004 - an ARN's parts
        return False
    return rest[:1] == [AUTHORIZERS] or (len(rest) >= METHOD_PARTS and set(rest) != {"*"})


RULE = StackRule(
    name="lambda-permission-is-scoped",
    title="Lambda permissions are limited to one API or one source.",
    severity=Severity.HIGH,
    why=(
        "The principal apigateway.amazonaws.com is the service for all AWS accounts. Without a "
        "narrow source ARN, an API of another account can invoke the authorizer with a forged "
        "event and receive a signed token."
    ),
    fix='source_arn=Output.concat(api.execution_arn, "/authorizers/", authorizer_id)',
    page="Granting Lambda function access to AWS services",
    url=("https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"),
    frameworks=(
        "Security Hub Lambda.1",
        "Checkov CKV_AWS_301",
        "Checkov CKV_AWS_364",
        "cfn-guard LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        "Prowler awslambda_function_not_publicly_accessible",
        "AWS Config lambda-function-public-access-prohibited",
    ),
    types=frozenset({"aws:lambda/permission:Permission"}),
    check=_check,
)
