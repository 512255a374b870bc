"""Refuses a route that lets its caller change a gate with a role of the stack."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.changes import CHANGES, MINTS, may_change_gates
from policies.reading.guarded import has_guarded_api
from policies.reading.judged_apis import apis_left_out, apis_of_resource
from policies.reading.node import Node
from policies.reading.permissions import permissions_of
from policies.reading.principals import is_trusted_principal, roles_named_in
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import DeclaredIntegration, routes
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

WITH_BODY = (types.REST_API, types.REST_API_PUT, types.HTTP_API)
INTEGRATIONS = (types.REST_INTEGRATION, types.HTTP_INTEGRATION)
# Other services that act for their callers with a role.
LENDERS = (
    "aws:appsync/dataSource:DataSource",
    "aws:iot/topicRule:TopicRule",
    "aws:transfer/access:Access",
    "aws:transfer/user:User",
)
# API Gateway API Reference, PutIntegration: the service, and its action or a path.
SERVICE = re.compile(r"arn:aws[a-z-]*:apigateway:[^:]*:(?:[^:]+\.)?([a-z0-9-]+):(action|path)/(.*)")
FUNCTION_PROXY = "aws_proxy"
SUBTYPES = {"eventbridge": "events", "stepfunctions": "states"}
PARAMETER = re.compile(r"(?<!\$)\{")  # of the request; a stage variable is the program's
READING = re.compile(r"(?:batch|transact)?(?:get|list|query|scan|describe|verify|decrypt|encrypt)")
READS = frozenset({"GET", "HEAD"})
# Services whose API has a method and a path for each action.
BY_METHOD = frozenset({"apigateway", "s3"})
EVERY = (*CHANGES, *MINTS)
OF_SERVICES = frozenset(action.partition(":")[0] for action in EVERY)
STARTS = ("states:StartExecution", "states:StartSyncExecution")
MACHINE = ":stateMachine:"
CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")  # the caller's own permissions


class _Call(NamedTuple):
    """What an integration calls. ``service`` is empty if a preview does not know the URI."""

    label: str
    service: str
    key: str  # the property with the role
    role: Node


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not has_guarded_api(stack):
        return
    if resource.type in LENDERS:
        yield from _check_lender(resource, stack)
        return
    for call in _calls(resource, stack):
        actions = [a for a in EVERY if call.service in {"", a.partition(":")[0]}]
        if not call.service:  # an unknown URI is mostly that of a function
            actions = [a for a in actions if not a.startswith("lambda:")]
        roles = _roles(call, resource, stack)
        if any(_reaches(role, actions, call.service, stack) for role in roles):
            yield f"{call.label}{call.role.path} lets the caller of the route change a gate."
        elif not roles and _is_undeclared(call, resource, stack):
            yield (
                f"{call.label}{call.role.path} is neither a role of this stack nor trusted, and "
                f"the route may change a gate by {call.service or 'any service'}."
            )


def _calls(resource: JudgedResource, stack: Stack) -> Iterator[_Call]:
    """The integrations that call a service of AWS with a role, and may change something."""
    if resource.type in INTEGRATIONS:
        is_rest = resource.type == types.REST_INTEGRATION
        kind, uri = ("type", "uri") if is_rest else ("integrationType", "integrationUri")
        key = "credentials" if is_rest else "credentialsArn"
        method = resource["integrationHttpMethod" if is_rest else "integrationMethod"]
        service = _service(resource[kind], resource[uri], resource["integrationSubtype"], method)
        if service is not None and resource[key].present:
            yield _Call("", service, key, resource[key])
        return
    for route in routes(resource, stack):
        if (one := route.integration) is not None and one.credentials.present:
            service = _of_body(one)
            if service is not None:
                yield _Call(f"{route.label}: ", service, "body", one.credentials)


def _of_body(one: DeclaredIntegration) -> str | None:
    return _service(Node(one.kind), one.uri, one.subtype, one.method)


def _service(kind: Node, uri: Node, subtype: Node, method: Node) -> str | None:
    """The service that an integration calls; None if it changes nothing, or calls a function."""
    called = kind.text().lower() if kind.is_text else "aws"
    if not called.startswith("aws"):
        return None
    if subtype.is_text:
        name = subtype.text().partition("-")[0].lower()
        return SUBTYPES.get(name, name)
    if not uri.is_text:
        return None if called == FUNCTION_PROXY else ""
    match = SERVICE.fullmatch(uri.text())
    return None if match is None or _changes_nothing(match, method) else match[1]


def _changes_nothing(uri: re.Match[str], method: Node) -> bool:
    service, form, rest = uri.groups()
    if service == "lambda":
        return not PARAMETER.search(rest)  # apigateway-token-stays-inside
    if form == "action" and READING.match(rest.lower()):
        return True
    return service in BY_METHOD and method.is_text and method.text().upper() in READS


def _roles(call: _Call, owner: JudgedResource, stack: Stack) -> list[JudgedResource]:
    if call.role.is_text:
        named = roles_named_in(call.role.text(), stack)
        if named or call.key == "body":
            return named
    return stack.used_by(owner, call.key, types.IAM_ROLE)


def _reaches(role: JudgedResource, actions: list[str], service: str, stack: Stack) -> bool:
    """Whether the role may do it, or start a state machine whose role may do anything to a gate."""
    if may_change_gates(role, stack, actions):
        return True
    return service in {"", "states"} and any(
        may_change_gates(one, stack, EVERY)
        for machine in _started_by(role, stack)
        for one in _roles(_Call("", "", "roleArn", machine["roleArn"]), machine, stack)
    )


def _started_by(role: JudgedResource, stack: Stack) -> list[JudgedResource]:
    def may_start(machine: JudgedResource) -> bool:
        def is_named(arn: str) -> bool:
            name = arn.partition(MACHINE)[2]
            return arn == "*" or (machine["name"].is_text and name == machine["name"].text())

        urns = frozenset({machine.urn})
        return any(one.reach(STARTS, urns, is_named) for one in permissions_of(role, stack))

    return [one for one in stack.of_type(types.STATE_MACHINE) if may_start(one)]


def _is_undeclared(call: _Call, owner: JudgedResource, stack: Stack) -> bool:
    """Whether nothing tells what the role of a guarded API's route may do to a gate."""
    apis = list(apis_of_resource(owner, stack))
    if call.service not in OF_SERVICES | {"", "states"} or (
        apis and apis_left_out(stack).issuperset(apis)
    ):
        return False
    if not call.role.is_text:
        return not stack.trusts("principals", call.role, owner)
    name = call.role.text()
    return not (CALLER.fullmatch(name) or is_trusted_principal(name, stack, owner))


def _check_lender(resource: JudgedResource, stack: Stack) -> Iterator[str]:
    if resource["lambdaConfig"].present:
        return  # apigateway-backend-has-no-other-front
    roles = [one for urn in resource.references if (one := stack.resource(urn)) is not None]
    for _, text in resource.properties.strings():
        roles += roles_named_in(text, stack)
    if any(may_change_gates(one, stack, EVERY) for one in roles if one.type == types.IAM_ROLE):
        yield "its role lets a caller change a gate."


RULE = StackRule(
    name="apigateway-route-changes-no-gate",
    title="No route lets its caller change a gate.",
    severity=Severity.HIGH,
    why=(
        "An integration with a service of AWS acts with a role, and the caller chooses the values. "
        "With a role that may write the truststore, the registry of clients, the signing key, the "
        "authorizer, the API or its web ACL, a caller of any API of the stack opens the gates. The "
        "same holds for a state machine that the route starts, and for AWS AppSync, AWS IoT and "
        "AWS Transfer Family. A role that the stack does not declare must be trusted in the "
        "configuration of the pack."
    ),
    fix="give the integration a role of its own, which may write its own table or bucket only",
    page="Set up AWS integrations in API Gateway",
    url=API_GATEWAY_GUIDE + "api-gateway-api-integration-types.html",
    types=frozenset({*WITH_BODY, *INTEGRATIONS, *LENDERS}),
    everywhere=True,
    check=_check,
)
