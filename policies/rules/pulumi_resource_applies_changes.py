"""Refuses ignoreChanges on properties that the rules judge."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.foundation import are_permissions_founded, is_founded
from policies.reading.guarded import OUR_COMPONENTS
from policies.reading.resource import JudgedResource, Stack
from policies.reading.truststore import configures_truststore
from policies.rule import EVERY_TYPE, Settings, StackRule
from policies.setting import strings

GATES = ("apigateway", "apigatewayv2", "wafv2")
OTHERS = ("kms", "lambda", "cloudwatch")
TOP = re.compile(r"\w+")  # of a path such as tags["team"]


def _check(resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    if not resource.ignored_changes or not _is_of_gates(resource, stack):
        return
    allowed = set(settings["allowed"])
    if resource.type == types.WEB_ACL and not _declares_rules(resource):
        allowed.add("rules")  # the provider demands it beside rules that are resources
    for name in sorted(resource.ignored_changes):
        top = TOP.match(name)
        if top is None or top[0] not in allowed:
            yield f"ignoreChanges contains {name}: the deployed value may differ from the program."


def _is_of_gates(resource: JudgedResource, stack: Stack) -> bool:
    """Whether a guarded API stands on the resource."""
    package, _, rest = resource.type.partition(":")
    service = rest.partition("/")[0]
    if package != "aws":
        return False
    if service in GATES or OUR_COMPONENTS in resource.urn:
        return True
    if service == "s3":
        return configures_truststore(resource, stack)
    if service == "iam":
        return are_permissions_founded(resource, stack)
    return service in OTHERS and is_founded(resource, stack)


def _declares_rules(acl: JudgedResource) -> bool:
    rules = acl["rules"]
    return acl["ruleJson"].present or (rules.present and not (rules.known and not rules.items()))


RULE = StackRule(
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
        "allowed": strings(
            "Properties whose changes may be ignored.", default=["tags", "tagsAll", "description"]
        ),
    },
    check=_check,
)
