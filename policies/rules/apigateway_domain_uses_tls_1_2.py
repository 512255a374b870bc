"""Refuses a custom domain or REST API whose security policy accepts TLS below 1.2."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.body import body_of
from policies.reading.resource import JudgedResource
from policies.rule import API_GATEWAY_GUIDE, ResourceRule, Settings

SECURITY_POLICY = "TLS_1_2"
API_TYPES = frozenset({types.REST_API, types.REST_API_PUT})


# An API may have a policy of its own, also one with the prefix. A domain with mutual TLS may not.
STRICTER = "SecurityPolicy_TLS13_"
EXTENSION = "x-amazon-apigateway-security-policy"


def _check(resource: JudgedResource, _settings: Settings) -> Iterator[str]:
    if resource.type in API_TYPES:
        yield from _check_api(resource)
    else:
        yield from _check_domain(resource)


def _check_api(api: JudgedResource) -> Iterator[str]:
    """Without a policy of its own, an API accepts what its domain accepts."""
    declared = [api["securityPolicy"]]
    if api["body"].present:
        document = body_of(api)
        declared += [holder[EXTENSION] for holder in (document, *document["servers"].items())]
    for policy in declared:
        if policy.present and not _is_strict(policy.text()):
            yield f"{policy.path} is not {SECURITY_POLICY}."


def _is_strict(policy: str) -> bool:
    return policy == SECURITY_POLICY or policy.startswith(STRICTER)


def _check_domain(domain: JudgedResource) -> Iterator[str]:
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
    url=API_GATEWAY_GUIDE + "apigateway-custom-domain-tls-version.html",
    frameworks=(
        "Checkov CKV_AWS_206",
        "cfn-guard API_GW_DOMAIN_DENY_NON_TLS_TRAFFIC",
        "AWS Config apigateway-domain-name-tls-check",
    ),
    types=frozenset({types.REST_DOMAIN, types.HTTP_DOMAIN}) | API_TYPES,
    check=_check,
)
