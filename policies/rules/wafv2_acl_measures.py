"""Refuses a web ACL without CloudWatch metrics for itself and its rules."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule

VISIBILITY, METRICS = "visibilityConfig", "cloudWatchMetricsEnabled"


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not _is_measured(acl.properties):
        yield f"{VISIBILITY}.cloudwatchMetricsEnabled is not true."
    for rule in rules(acl, stack):
        if field(rule.node, VISIBILITY).present and not _is_measured(rule.node):
            yield f"{rule.where} has no metric: cloudwatchMetricsEnabled is not true."


def _is_measured(node: Node) -> bool:
    return field(field(node, VISIBILITY), METRICS).flag()


RULE = StackRule(
    name="wafv2-acl-measures",
    title="A web ACL and its rules have CloudWatch metrics.",
    severity=Severity.LOW,
    why=(
        "Alarms on blocked requests need the metric of the rule. Without it, a rule that blocks "
        "partners, or an attack, is seen in the log only, by those who look."
    ),
    fix='visibility_config={"cloudwatch_metrics_enabled": True, …}',
    page="AWS WAF metrics and dimensions",
    url=WAF_GUIDE + "waf-metrics.html",
    frameworks=("Security Hub WAF.12",),
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
