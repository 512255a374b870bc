"""The web ACL's rules, in the order they are evaluated.

The first rule blocks addresses that are *not* in the allow-list. Many examples have a rule that
allows the listed ones instead; Allow ends the evaluation, so no later rule would apply to them.
Source: AWS WAF Developer Guide, "How AWS WAF processes rules and rule actions in a web ACL".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input

from components.gateway_responses import LAYER_HEADER
from components.waf_exceptions import ELSEWHERE, ExceptedRoutes, Exceptions, counted, elsewhere

VENDOR = "AWS"
FORBIDDEN_BODY_KEY = "forbidden"
# Equal to API Gateway's own answer for a blocked call: one shape for callers, and no hint at the
# rule. The layer is in a header, as in every gateway response.
FORBIDDEN_BODY = '{"message":"Forbidden"}'
LAYER = "web-acl"


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """``calls`` of one source address within ``window_seconds``, before it is blocked."""

    calls: int
    window_seconds: int


def rules(
    *,
    prefix: str,
    allowed_ip_set_arns: Sequence[Input[str]],
    rate_limit: RateLimit,
    managed_rule_groups: Sequence[str],
    exceptions: Exceptions,
) -> list[aws.wafv2.WebAclRuleArgsDict]:
    """Allow-list, rate limit, managed groups. Only the ARNs are unknown at preview.

    A managed rule with exceptions only counts, and a rule after its group blocks elsewhere.
    """
    in_order = [
        _only_from(prefix, allowed_ip_set_arns),
        _rate_limit(prefix, rate_limit),
        *(_managed(prefix, group, exceptions) for group in managed_rule_groups),
        *(_elsewhere(prefix, rule, excepted) for rule, excepted in exceptions.items()),
    ]
    return [{**rule, "priority": priority} for priority, rule in enumerate(in_order)]


def forbidden() -> aws.wafv2.WebAclRuleActionArgsDict:
    """Block with the body and header above."""
    return {
        "block": {
            "custom_response": {
                "response_code": 403,
                "custom_response_body_key": FORBIDDEN_BODY_KEY,
                "response_headers": [{"name": LAYER_HEADER, "value": LAYER}],
            }
        }
    }


def visibility(metric_name: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgsDict:
    return {
        "cloudwatch_metrics_enabled": True,
        "metric_name": metric_name,
        # Samples show headers of real calls in the console, and the log has what is needed.
        "sampled_requests_enabled": False,
    }


def _only_from(
    prefix: str, allowed_ip_set_arns: Sequence[Input[str]]
) -> aws.wafv2.WebAclRuleArgsDict:
    inside: list[aws.wafv2.WebAclRuleStatementArgsDict] = [
        {"ip_set_reference_statement": {"arn": arn}} for arn in allowed_ip_set_arns
    ]
    # WAF refuses an or-statement with one statement.
    allowed: aws.wafv2.WebAclRuleStatementArgsDict = (
        inside[0] if len(inside) == 1 else {"or_statement": {"statements": inside}}
    )
    return {
        "name": "not-in-allow-list",
        "priority": 0,
        "statement": {"not_statement": {"statement": allowed}},
        "action": forbidden(),
        "visibility_config": visibility(f"{prefix}-not-in-allow-list"),
    }


def _rate_limit(prefix: str, limit: RateLimit) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": "rate-limit",
        "priority": 0,
        "statement": {
            "rate_based_statement": {
                "aggregate_key_type": "IP",
                "limit": limit.calls,
                "evaluation_window_sec": limit.window_seconds,
            }
        },
        "action": forbidden(),
        "visibility_config": visibility(f"{prefix}-rate-limit"),
    }


def _managed(prefix: str, group: str, exceptions: Exceptions) -> aws.wafv2.WebAclRuleArgsDict:
    statement: aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgsDict = {
        "vendor_name": VENDOR,
        "name": group,
    }
    if overrides := counted(exceptions, group):
        statement["rule_action_overrides"] = overrides
    return {
        "name": group,
        "priority": 0,
        "statement": {"managed_rule_group_statement": statement},
        # Keeps the actions of the group's own rules: Block.
        "override_action": {"none": {}},
        "visibility_config": visibility(f"{prefix}-{group}"),
    }


def _elsewhere(prefix: str, rule: str, excepted: ExceptedRoutes) -> aws.wafv2.WebAclRuleArgsDict:
    name = rule.partition("/")[2] + ELSEWHERE
    return {
        "name": name,
        "priority": 0,
        "statement": elsewhere(rule, excepted),
        "action": forbidden(),
        "visibility_config": visibility(f"{prefix}-{name}"),
    }
