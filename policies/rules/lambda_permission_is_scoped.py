"""Refuses a Lambda permission without a narrow source ARN."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

APIS = (types.REST_API, types.HTTP_API, types.REST_AUTHORIZER, types.HTTP_AUTHORIZER)
GATEWAY = "apigateway.amazonaws.com"
AUTHORIZERS = "authorizers"
METHOD_PARTS = 3  # stage, method and the path's first segment


def _check(permission: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    principal = permission["principal"].text()
    if principal == "*":
        yield "principal is a wildcard."
    elif principal == GATEWAY:
        yield from _check_source(permission, stack)


def _check_source(permission: JudgedResource, stack: Stack) -> Iterator[str]:
    source = permission["sourceArn"]
    if not source.present:
        yield "sourceArn is missing: any API of any account can invoke the function."
    elif source.known:
        if not _is_narrow(source.text()):
            yield "sourceArn must be limited to the authorizers, or one method, of one API."
    elif not stack.used_by(permission, "sourceArn", *APIS):
        raise UndecidedError("sourceArn does not refer to an API of this stack")


def _is_narrow(arn: str) -> bool:
    """``arn:aws:execute-api:region:account:api/authorizers/…`` or ``…:api/stage/METHOD/path``."""
    parts = arn.split(":", 5)
    api, *rest = parts[-1].split("/")
    if len(parts) < 6 or "*" in "".join(parts[:5]) or "*" in api:  # noqa: PLR2004 - an ARN's parts
        return False
    return rest[:1] == [AUTHORIZERS] or (len(rest) >= METHOD_PARTS and set(rest) != {"*"})


RULE = StackRule(
    name="lambda-permission-is-scoped",
    title="Lambda permissions for API Gateway are limited to one API.",
    severity=Severity.HIGH,
    why=(
        "The principal apigateway.amazonaws.com is the service for all AWS accounts. Without a "
        "narrow source ARN, an API of another account can invoke the authorizer with a forged "
        "event and receive a signed token."
    ),
    fix='source_arn=Output.concat(api.execution_arn, "/authorizers/", authorizer_id)',
    page="Granting Lambda function access to AWS services",
    url=("https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"),
    frameworks=("Security Hub Lambda.1", "Checkov CKV_AWS_364"),
    types=frozenset({"aws:lambda/permission:Permission"}),
    check=_check,
)
