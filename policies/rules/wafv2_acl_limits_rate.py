"""Refuses a web ACL without a rate limit per source address."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import AclRule, field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule
from policies.setting import number

DEFAULT_WINDOW_SECONDS = 300  # WAF API Reference, RateBasedStatement
WINDOW_SECONDS = 300


def _check(acl: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    most = settings["maximumPerFiveMinutes"]
    limits = [rule for rule in rules(acl, stack) if rule.statement.kind == "ratebased"]
    if not any(_limits_everybody(rule) for rule in limits):
        yield "no rate-based rule without a scope-down statement blocks by source address."
    elif min(_per_window(rule) for rule in limits if _limits_everybody(rule)) > most:
        yield f"its rate limit is above {most:g} requests per address in five minutes."


def _limits_everybody(rule: AclRule) -> bool:
    return (
        rule.action == "block"
        and not rule.statement.scope_down.present
        and field(rule.statement.node, "aggregateKeyType").text("IP").upper() == "IP"
    )


def _per_window(rule: AclRule) -> float:
    node = rule.statement.node
    window = field(node, "evaluationWindowSec").number(DEFAULT_WINDOW_SECONDS)
    if window <= 0:
        raise UndecidedError(f"{node.path}.evaluationWindowSec must be positive")
    return field(node, "limit").number() * WINDOW_SECONDS / window


RULE = StackRule(
    name="wafv2-acl-limits-rate",
    title="Every web ACL limits the request rate per source address.",
    severity=Severity.MEDIUM,
    why=(
        "A rate limit stops a runaway client or an attacker with a stolen certificate. A rule "
        "that only counts, or has a scope-down statement, does not cover every request."
    ),
    fix='"statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}}',
    page="Rate-based rule statement",
    url=WAF_GUIDE + "waf-rule-statement-type-rate-based.html",
    types=frozenset({types.WEB_ACL}),
    settings={
        "maximumPerFiveMinutes": number(
            "The highest limit, converted to a window of five minutes.", default=10000, minimum=10
        ),
    },
    check=_check,
)
