"""Refuses a Lambda permission without a narrow source ARN."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.account import is_own_account
from policies.reading.judged_apis import APIS, STAGES, is_called
from policies.reading.node import Node, UndecidedError
from policies.reading.principals import is_declared_role, is_trusted_principal
from policies.reading.resource import JudgedResource, Stack
from policies.rule import Settings, StackRule

AUTHORIZER_TYPES = (types.REST_AUTHORIZER, types.HTTP_AUTHORIZER)
SERVICE = (".amazonaws.com", ".amazonaws.com.cn")
EXECUTION = ":execute-api:"
# Services that invoke a function for callers from outside, and return its answer.
FRONTS = ("elasticloadbalancing.amazonaws.com", "vpc-lattice.amazonaws.com")
GATEWAY = "apigateway.amazonaws.com"
AUTHORIZERS = "authorizers"
INVOKE = "lambda:InvokeFunction"
METHOD_PARTS = 3  # stage, method and the path's first segment
ARN_PARTS = 6


def _check(permission: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if _is_of_role_or_trusted(permission, stack):
        yield from _check_action(permission, is_service=False)
        return
    principal = permission["principal"].text()
    is_service = principal.endswith(SERVICE)
    if principal == "*":
        yield "principal is a wildcard."
    elif is_service and principal == GATEWAY:
        yield from _check_source(permission, stack)
    elif is_service:
        yield from _check_service(permission, stack)
    elif not _is_declared(principal, permission, stack):
        yield "principal is neither a service nor a role of this stack."
    yield from _check_action(permission, is_service=is_service)


def _check_action(permission: JudgedResource, *, is_service: bool) -> Iterator[str]:
    """The resource policy of a function may also permit to change its code or its policy."""
    action = permission["action"].text()
    if "*" in action or "?" in action:
        yield "action contains a wildcard."
    elif is_service and action.lower() != INVOKE.lower():
        yield f"action is not {INVOKE}: a service has nothing else to do."


def _is_of_role_or_trusted(permission: JudgedResource, stack: Stack) -> bool:
    """Whether a principal that a preview does not know is a role of this stack, or trusted."""
    principal = permission["principal"]
    return not principal.known and (
        bool(stack.used_by(permission, "principal", types.IAM_ROLE))
        or stack.trusts("principals", principal, permission)
    )


def _is_declared(principal: str, permission: JudgedResource, stack: Stack) -> bool:
    return (
        bool(stack.used_by(permission, "principal", types.IAM_ROLE))
        or is_declared_role(principal, stack)
        or is_trusted_principal(principal, stack, permission)
    )


def _check_service(permission: JudgedResource, stack: Stack) -> Iterator[str]:
    """Any caller of the authorizer can send it a forged event, and the answer holds a token."""
    if permission["principal"].text() in FRONTS and _is_of_judged_api(permission, stack):
        yield "principal answers callers without a gate, and a guarded API calls the function."
    account, source = permission["sourceAccount"], permission["sourceArn"]
    if account.present:
        if _is_of_judged_api(permission, stack) and not _is_known_account(permission, stack):
            yield "sourceAccount is neither the account of this stack nor trusted."
    elif not source.present:
        yield "sourceArn is missing: the service can invoke the function for any account."
    elif stack.used_by(permission, "sourceArn"):
        return  # the ARN of a resource
    elif not source.known:
        if _is_of_judged_api(permission, stack) and not stack.trusts(
            "principals", source, permission
        ):
            yield "sourceArn is not known, and does not refer to a resource of this stack."
    elif _is_of_any_account(source.text()):
        yield "sourceArn is not limited to one account."
    elif _is_of_judged_api(permission, stack) and not _is_of_known_account(permission, stack):
        yield (
            "sourceArn belongs to an account that is neither this stack's nor trusted, or names "
            "no account and nothing of this stack: set sourceAccount."
        )


def _is_known_account(permission: JudgedResource, stack: Stack) -> bool:
    account = permission["sourceAccount"]
    if not account.known and stack.used_by(permission, "sourceAccount"):
        return True  # the account of a resource
    return is_own_account(account.text(), stack) or is_trusted_principal(
        account.text(), stack, permission
    )


def _is_of_known_account(permission: JudgedResource, stack: Stack) -> bool:
    """Whether the source is in a known account.

    The ARN of a bucket names none: another account may own the name, or get it later.
    """
    *_, account, name = permission["sourceArn"].text().split(":", 5)
    if not account:
        return any(
            bucket["bucket"].is_text and bucket["bucket"].text() == name
            for bucket in stack.of_type(*types.BUCKETS)
        ) or stack.trusts_name("buckets", name, permission)
    return is_own_account(account, stack) or is_trusted_principal(account, stack, permission)


def _is_of_any_account(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) < ARN_PARTS or "*" in parts[4] or "?" in parts[4]


def _is_of_judged_api(permission: JudgedResource, stack: Stack) -> bool:
    """Whether an API that is judged calls the function, as its authorizer or as a backend."""
    return is_called(permission, "function", stack)


def _check_source(permission: JudgedResource, stack: Stack) -> Iterator[str]:
    source = permission["sourceArn"]
    if not source.present:
        yield "sourceArn is missing: any API of any account can invoke the function."
    elif _is_of_this_stack(source, permission, stack):
        return  # the rules judge the routes of that API
    elif not source.known and stack.trusts("restApis", source, permission):
        return
    elif not source.known:
        raise UndecidedError("sourceArn does not refer to an API of this stack")
    elif not _is_narrow(source.text()):
        yield "sourceArn must be limited to the authorizers, or one method, of one API."
    elif _is_of_judged_api(permission, stack) and not _is_of_trusted_api(permission, stack):
        yield "sourceArn is of an API that this stack does not declare."


def _is_of_trusted_api(permission: JudgedResource, stack: Stack) -> bool:
    api = permission["sourceArn"].text().split(":", 5)[-1].partition("/")[0]
    return stack.trusts_name("restApis", api, permission)


def _is_of_this_stack(source: Node, permission: JudgedResource, stack: Stack) -> bool:
    """Whether the ARN is made from an API of this stack.

    A preview knows only that it is. An update also refuses a value that names another API, which
    only a function in ``apply`` can make of it. A text that names no API matches none.
    """
    used = stack.used_by(permission, "sourceArn", *APIS, *STAGES, *AUTHORIZER_TYPES)
    if not used or not source.known:
        return bool(used)
    arns = [api["executionArn"] for api in used if api.type not in AUTHORIZER_TYPES]
    text = source.text()
    # A wildcard may follow at once: the ids of all APIs have the same length.
    if any(arn.known and text.startswith(arn.text()) for arn in arns):
        return True
    return "*" not in text and EXECUTION not in text


def _is_narrow(arn: str) -> bool:
    """``arn:aws:execute-api:region:account:api/authorizers/…`` or ``…:api/stage/METHOD/path``."""
    parts = arn.split(":", 5)
    api, *rest = parts[-1].split("/")
    if len(parts) < ARN_PARTS or "*" in "".join(parts[:5]) or "*" in api:
        return False
    return rest[:1] == [AUTHORIZERS] or (len(rest) >= METHOD_PARTS and set(rest) != {"*"})


RULE = StackRule(
    name="lambda-permission-is-scoped",
    title="Lambda permissions are limited to one API or one source.",
    severity=Severity.HIGH,
    why=(
        "The principal apigateway.amazonaws.com is the service for all AWS accounts. Without a "
        "narrow source ARN, an API of another account can invoke the authorizer with a forged "
        "event and receive a signed token. A function that a guarded API calls may be invoked by "
        "APIs and roles of the stack, by services for the stack's own account, and by what the "
        "configuration of the pack trusts. The ARN of a bucket names no account, so it needs "
        "sourceAccount, unless the stack declares the bucket. A load balancer or VPC Lattice would "
        "answer callers that have passed no gate."
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
    types=frozenset({types.LAMBDA_PERMISSION}),
    check=_check,
)
