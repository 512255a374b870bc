"""Refuses a stage that calls an https backend without a client certificate."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.routes import ITSELF, routes
from policies.reading.stages import apis_of
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule

KEY = "clientCertificateId"
WEB = ("http", "http_proxy")
DECLARING = (types.REST_API, types.REST_API_PUT, types.REST_METHOD)


def _check(stage: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if _presents(stage, stack):
        return
    called = _https_routes(stage, stack)
    if called:
        more = f" and {len(called) - 1} more" if len(called) > 1 else ""
        yield (
            f"{KEY} names no client certificate, and {called[0]}{more} calls a backend over HTTPS, "
            "which cannot tell API Gateway from another caller."
        )


def _presents(stage: JudgedResource, stack: Stack) -> bool:
    certificate = stage[KEY]
    if not certificate.present:
        return False
    if stage.uses(KEY):  # known in a preview, where the id itself is not
        return bool(stack.used_by(stage, KEY, types.CLIENT_CERTIFICATE))
    return bool(certificate.text())


def _https_routes(stage: JudgedResource, stack: Stack) -> list[str]:
    """Routes that are called over TLS; apigateway-backend-uses-https reports the others."""
    apis = apis_of(stage, "restApi", stack)
    return [
        declaring.name if route.label == ITSELF else route.label
        for declaring in stack.of_type(*DECLARING)
        if declaring.urn in apis or apis & _apis_of_part(declaring, stack)
        for route in routes(declaring, stack)
        if route.integration is not None
        and route.integration.kind in WEB
        and route.integration.uri.text().lower().startswith("https://")
    ]


def _apis_of_part(declaring: JudgedResource, stack: Stack) -> frozenset[str]:
    return apis_of(declaring, "restApi", stack) | apis_of(declaring, "restApiId", stack)


RULE = StackRule(
    name="apigateway-stage-presents-certificate",
    title="A stage presents a client certificate to its https backends.",
    severity=Severity.MEDIUM,
    why=(
        "With a client certificate a backend can refuse everybody but this API Gateway. Without "
        "one, a caller that reaches the backend by another way needs no more than a stolen token. "
        "A function is invoked with AWS credentials and needs none; a plain http backend cannot "
        "check one, and apigateway-backend-uses-https refuses it."
    ),
    fix="aws.apigateway.Stage(…, client_certificate_id=aws.apigateway.ClientCertificate(…).id)",
    page="Generate and configure an SSL certificate for backend authentication in API Gateway",
    url=API_GATEWAY_GUIDE + "getting-started-client-side-ssl-authentication.html",
    frameworks=("Security Hub APIGateway.2",),
    types=frozenset({types.REST_STAGE}),
    check=_check,
)
