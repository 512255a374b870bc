"""A complete web ACL, with one thing to break."""

import json
from typing import Any

import pulumi_aws as aws

VISIBILITY = {
    "cloudwatch_metrics_enabled": True,
    "metric_name": "acl",
    "sampled_requests_enabled": False,
}
GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)


def partners(name: str = "partners") -> aws.wafv2.IpSet:
    return aws.wafv2.IpSet(
        name, scope="REGIONAL", ip_address_version="IPV4", addresses=["203.0.113.0/24"]
    )


def outside(ip_set: aws.wafv2.IpSet | None, **changes: Any) -> dict[str, Any]:
    """``ip_set`` is None if ``changes`` have the statement."""
    return {
        "name": "outside",
        "priority": 0,
        "action": {"block": {}},
        "statement": {
            "not_statement": {
                "statement": {"ip_set_reference_statement": {"arn": ip_set and ip_set.arn}}
            }
        },
        "visibility_config": VISIBILITY,
    } | changes


def inside(ip_set: aws.wafv2.IpSet, **changes: Any) -> dict[str, Any]:
    return {
        "name": "inside",
        "priority": 0,
        "action": {"allow": {}},
        "statement": {"ip_set_reference_statement": {"arn": ip_set.arn}},
        "visibility_config": VISIBILITY,
    } | changes


def rate(**changes: Any) -> dict[str, Any]:
    return {
        "name": "rate",
        "priority": 1,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}},
        "visibility_config": VISIBILITY,
    } | changes


def managed(name: str, priority: int, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": name}},
        "visibility_config": VISIBILITY,
    } | changes


def all_managed(**changes: Any) -> list[dict[str, Any]]:
    return [managed(name, 2 + index, **changes) for index, name in enumerate(GROUPS)]


def web_acl(rules: list[dict[str, Any]] | None = None, **changes: Any) -> aws.wafv2.WebAcl:
    """A web ACL with these rules; a complete one without."""
    if rules is None and "rule_json" not in changes:
        rules = [outside(partners()), rate(), *all_managed()]
    return aws.wafv2.WebAcl(
        "acl",
        **{
            "scope": "REGIONAL",
            "default_action": {"allow": {}},
            "rules": rules,
            "visibility_config": VISIBILITY,
        }
        | changes,
    )


def rule_json(ip_set_arn: str, **first: Any) -> str:
    """The complete rules in the service's own JSON, with the first rule changed."""
    visibility = {
        "CloudWatchMetricsEnabled": True,
        "MetricName": "acl",
        "SampledRequestsEnabled": False,
    }
    rules = [
        {
            "Name": "outside",
            "Priority": 0,
            "Action": {"Block": {}},
            "Statement": {
                "NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": ip_set_arn}}}
            },
            "VisibilityConfig": visibility,
        }
        | first,
        {
            "Name": "rate",
            "Priority": 1,
            "Action": {"Block": {}},
            "Statement": {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}},
            "VisibilityConfig": visibility,
        },
        *(
            {
                "Name": name,
                "Priority": 2 + index,
                "OverrideAction": {"None": {}},
                "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}},
                "VisibilityConfig": visibility,
            }
            for index, name in enumerate(GROUPS)
        ),
    ]
    return json.dumps(rules)


def logged(
    acl: aws.wafv2.WebAcl | None, name: str = "acl-log", **changes: Any
) -> aws.wafv2.WebAclLoggingConfiguration:
    """``acl`` is None if ``changes`` have its ARN."""
    return aws.wafv2.WebAclLoggingConfiguration(
        name,
        **{
            "resource_arn": acl and acl.arn,
            "log_destination_configs": [
                "arn:aws:logs:eu-central-1:000000000000:log-group:aws-waf-logs-acl"
            ],
            "redacted_fields": [
                {"single_header": {"name": "authorization"}},
                {"single_header": {"name": "cookie"}},
            ],
        }
        | changes,
    )


def guarded(
    stage: aws.apigateway.Stage, acl: aws.wafv2.WebAcl | None = None
) -> aws.wafv2.WebAclAssociation:
    return aws.wafv2.WebAclAssociation(
        "association", resource_arn=stage.arn, web_acl_arn=(acl or web_acl()).arn
    )


def arn_of(name: str) -> str:
    return f"arn:aws:wafv2:eu-central-1:000000000000:regional/ipset/{name}/1"
