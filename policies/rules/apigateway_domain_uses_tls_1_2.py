"""Refuses a custom domain whose security policy is not TLS_1_2."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings

SECURITY_POLICY = "TLS_1_2"


def _check(domain: JudgedResource, _settings: Settings) -> Iterator[str]:
    policy = (
        domain["domainNameConfiguration"]["securityPolicy"]
        if domain.type == types.HTTP_DOMAIN
        else domain["securityPolicy"]
    )
    if not policy.present:
        yield f"{policy.path} is missing: API Gateway then chooses the policy."
    elif policy.text() != SECURITY_POLICY:
        yield f"{policy.path} is not {SECURITY_POLICY}."


RULE = ResourceRule(
    name="apigateway-domain-uses-tls-1-2",
    title="Custom domains require TLS 1.2 or later.",
    severity=Severity.HIGH,
    why=(
        "TLS_1_0 accepts obsolete protocol versions. The enhanced SecurityPolicy_* policies "
        "cannot be combined with mutual TLS: API Gateway refuses the combination, or the domain "
        "loses its truststore. TLS_1_2 accepts TLS 1.2 and 1.3."
    ),
    fix='aws.apigateway.DomainName(…, security_policy="TLS_1_2")',
    page="Choosing a minimum TLS version for a custom domain in API Gateway",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-custom-domain-tls-version.html"
    ),
    frameworks=("Checkov CKV_AWS_206",),
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN}),
    check=_check,
)
