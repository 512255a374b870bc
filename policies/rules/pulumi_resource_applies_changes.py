"""Refuses ignoreChanges on properties that the rules judge."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource
from policies.rule import EVERY_TYPE, ResourceRule, Settings

JUDGED = ("apigateway", "apigatewayv2", "wafv2", "s3", "iam", "kms", "lambda", "cloudwatch")


def _check(resource: JudgedResource, settings: Settings) -> Iterator[str]:
    service = resource.type.removeprefix("aws:").partition("/")[0]
    if not resource.type.startswith("aws:") or service not in JUDGED:
        return
    allowed = set(settings["allowed"])
    if resource.type == types.WEB_ACL and not _declares_rules(resource):
        allowed.add("rules")  # the provider demands it beside rules that are resources
    for name in sorted(resource.ignored_changes - allowed):
        yield f"ignoreChanges contains {name}: the deployed value may differ from the program."


def _declares_rules(acl: JudgedResource) -> bool:
    rules = acl["rules"]
    return acl["ruleJson"].present or (rules.present and not (rules.known and not rules.items()))


RULE = ResourceRule(
    name="pulumi-resource-applies-changes",
    title="ignoreChanges is limited to tags and descriptions.",
    severity=Severity.HIGH,
    why=(
        "With ignoreChanges the engine keeps the deployed value of a property. The rules would "
        "judge a truststore, body or web ACL of the program that is not deployed."
    ),
    fix='leave "ignore_changes" out, or keep it to tags',
    page="Resource option: ignoreChanges (Pulumi)",
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/",
    types=EVERY_TYPE,
    settings={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["tags", "tagsAll", "description"],
            "description": "Properties whose changes may be ignored.",
        }
    },
    check=_check,
)
