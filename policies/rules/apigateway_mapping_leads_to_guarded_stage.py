"""Refuses a mapping or routing rule to a stage without a web ACL."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack
from policies.reading.stages import associations, stages_of
from policies.rule import Settings, StackRule


def _check(mapping: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if mapping.type == types.REST_MAPPING and not mapping["stageName"].present:
        yield "stageName is missing: the caller selects the stage with the first path segment."
        return
    stages = _stages(mapping, stack)
    if not stages:
        yield "it does not refer to a REST API stage of this stack."
    elif not all(associations(stage, stack) for stage in stages):
        yield "it refers to a stage without a web ACL."


def _stages(mapping: JudgedResource, stack: Stack) -> list[JudgedResource]:
    if mapping.type == types.REST_MAPPING:
        return stages_of(mapping, stack)
    key = "actions" if mapping.type == types.HTTP_ROUTING_RULE else "stage"
    return stack.used_by(mapping, key, types.REST_STAGE)


RULE = StackRule(
    name="apigateway-mapping-leads-to-guarded-stage",
    title="Every mapping of a custom domain refers to a stage with a web ACL.",
    severity=Severity.HIGH,
    why=(
        "Mappings and routing rules decide which stage serves a custom domain. Without a stage "
        "name the caller selects the stage, and a mapping to another stage bypasses the web ACL."
    ),
    fix="aws.apigateway.BasePathMapping(…, rest_api=api.id, stage_name=stage.stage_name)",
    page="Working with API mappings for REST APIs",
    url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html",
    types=frozenset({types.REST_MAPPING, types.HTTP_MAPPING, types.HTTP_ROUTING_RULE}),
    check=_check,
)
