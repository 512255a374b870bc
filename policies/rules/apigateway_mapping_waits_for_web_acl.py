"""Refuses a mapping that may be created before the web ACL is associated with the stage."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import associations, stages_of
from policies.rule import API_GATEWAY_GUIDE, Settings, StackRule


def _check(mapping: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for stage in stages_of(mapping, stack):
        guards = associations(stage, stack)
        if guards and not any(guard.urn in mapping.dependencies for guard in guards):
            yield f"it does not depend on the web ACL association of {stage.name}."


RULE = StackRule(
    name="apigateway-mapping-waits-for-web-acl",
    title="A mapping is created only after its stage has a web ACL.",
    severity=Severity.LOW,
    why=(
        "Pulumi creates resources that do not depend on each other in any order. If the mapping "
        "is created before the association, every address can call the API until the web ACL is "
        "associated. That may take minutes, or never happen if the association fails."
    ),
    fix="aws.apigateway.BasePathMapping(…, opts=ResourceOptions(depends_on=[association]))",
    page="Using AWS WAF to protect your APIs",
    url=API_GATEWAY_GUIDE + "apigateway-control-access-aws-waf.html",
    types=frozenset({types.REST_MAPPING}),
    check=_check,
)
