"""A mapping made before the web ACL is on the stage opens a window in every first deploy."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import associations, stages_of
from policies.rule import Settings, StackRule


def _check(mapping: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    for stage in stages_of(mapping, stack):
        guards = associations(stage, stack)
        if guards and not any(guard.urn in mapping.dependencies for guard in guards):
            yield f"it does not wait for the web ACL association of {stage.name}."


RULE = StackRule(
    name="apigateway-mapping-waits-for-web-acl",
    title="A domain leads to a stage only after its web ACL stands.",
    severity=Severity.LOW,
    why=(
        "Pulumi creates what does not depend on each other in any order. A mapping that comes "
        "before the association serves every address for as long as the web ACL takes, which may "
        "be minutes, or for ever where the association fails."
    ),
    fix="aws.apigateway.BasePathMapping(…, opts=ResourceOptions(depends_on=[association]))",
    page="Using AWS WAF to protect your APIs",
    url=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
        "apigateway-control-access-aws-waf.html"
    ),
    types=frozenset({types.REST_MAPPING}),
    check=_check,
)
