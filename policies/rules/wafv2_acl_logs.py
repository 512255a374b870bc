"""Refuses a web ACL without logging."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import Node
from policies.reading.place import is_same_place
from policies.reading.resource import JudgedResource, Stack
from policies.rule import WAF_GUIDE, Settings, StackRule

PASSED = frozenset({"ALLOW", "COUNT", "EXCLUDED_AS_COUNT"})


def _check(acl: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    logs = [
        log
        for log in stack.users_of(acl, "resourceArn", types.WEB_ACL_LOGGING)
        if is_same_place(log, acl)
    ]
    if not logs:
        yield "no WebAclLoggingConfiguration has the ARN of this web ACL as its resourceArn."
    for log in logs:
        if not log["logDestinationConfigs"].items():
            yield f"logDestinationConfigs of {log.name} is empty."
        if log["loggingFilter"]["defaultBehavior"].text("KEEP").upper() != "KEEP":
            yield f"loggingFilter of {log.name} has a defaultBehavior other than KEEP."
        elif any(map(_drops_blocked, log["loggingFilter"]["filters"].items())):
            yield f"loggingFilter of {log.name} drops requests that the web ACL blocks."


def _drops_blocked(rule: Node) -> bool:
    """Whether a filter may drop a blocked request: only a condition on another action keeps it."""
    if rule["behavior"].text().upper() != "DROP":
        return False
    passed = [
        one["actionCondition"]["action"].text("") in PASSED for one in rule["conditions"].items()
    ]
    return not (any(passed) if rule["requirement"].text().upper() == "MEETS_ALL" else all(passed))


RULE = StackRule(
    name="wafv2-acl-logs",
    title="Logging is enabled for every web ACL.",
    severity=Severity.MEDIUM,
    why=("Only this log shows which rule blocked a request. The caller only sees Forbidden."),
    fix=(
        "aws.wafv2.WebAclLoggingConfiguration(…, resource_arn=acl.arn, "
        "log_destination_configs=[log_group.arn])"
    ),
    page="Logging AWS WAF web ACL traffic",
    url=WAF_GUIDE + "logging.html",
    frameworks=(
        "Security Hub WAF.11",
        "Checkov CKV2_AWS_31",
        "cdk-nag HIPAA.Security-WAFv2LoggingEnabled",
        "cfn-guard WAFV2_LOGGING_ENABLED",
        "Prowler wafv2_webacl_logging_enabled",
        "AWS Config wafv2-logging-enabled",
    ),
    types=frozenset({types.WEB_ACL}),
    check=_check,
)
