"""Refuses an authorizer whose function or role the stack does not declare."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import WITH_BODY
from policies.reading.functions import fault_of_call
from policies.reading.principals import is_declared_role, is_trusted_principal
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import DeclaredAuthorizer, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

BODY, URI, CREDENTIALS = "body", "authorizerUri", "authorizerCredentials"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type not in WITH_BODY:
        authorizer = DeclaredAuthorizer.of_resource(resource)
        yield from _judge(authorizer, resource, (URI, CREDENTIALS), stack)
        return
    # Many routes have the same authorizer, which is one violation.
    declared = {
        authorizer.uri.path: authorizer
        for route in routes(resource, stack)
        for authorizer in (route.authorizers if route.proxied else ())
    }
    for authorizer in declared.values():
        yield from _judge(authorizer, resource, (BODY, BODY), stack)


def _judge(
    authorizer: DeclaredAuthorizer, owner: JudgedResource, keys: tuple[str, str], stack: Stack
) -> Iterator[str]:
    """``keys`` are the properties of ``owner`` that contain the URI and the role."""
    if not authorizer.calls_function:
        return  # apigateway-route-authorizer-sees-certificate
    uri, role = authorizer.uri, authorizer.credentials
    if fault := fault_of_call(uri, keys[0], owner, stack):
        yield f"{uri.path} {fault}."
    if not role.present or (stack.used_by(owner, keys[1], types.IAM_ROLE) and not role.known):
        return
    if not (
        is_declared_role(role.text(), stack) or is_trusted_principal(role.text(), stack, owner)
    ):
        yield f"{role.path} is not a role of this stack."


RULE = StackRule(
    name="apigateway-authorizer-is-declared",
    title="The function of every authorizer is declared in the stack.",
    severity=Severity.CRITICAL,
    why=(
        "The authorizer identifies the client and signs the token. A function of another account "
        "or stack decides in its place, and nothing here judges its code, its role or who else "
        "may invoke it. An alias must be declared too; a version by its number is code of an "
        "earlier update. The configuration of the pack can trust a function by its ARN."
    ),
    fix="aws.apigateway.Authorizer(…, authorizer_uri=function.invoke_arn)",
    page="Use API Gateway Lambda authorizers",
    url=API_GATEWAY_GUIDE + "apigateway-use-lambda-authorizer.html",
    types=frozenset({*WITH_BODY, types.REST_AUTHORIZER, types.HTTP_AUTHORIZER}),
    check=_check,
)
