"""Limits of AWS WAF: capacity, networks, priorities and log destinations."""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.limits.limit import Breaks, Limit, at_most_entries
from portcullis.graph.resource import UNKNOWN

WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
RULE_GROUP: Final = "aws:wafv2/ruleGroup:RuleGroup"
IP_SET: Final = "aws:wafv2/ipSet:IpSet"
QUOTAS: Final = "AWS WAF Developer Guide, AWS WAF quotas"
MAX_CAPACITY: Final = 5000
INCLUDED_CAPACITY: Final = 1500  # more is billed by the request
MAX_NETWORKS: Final = 10_000
MAX_RATE_RULES: Final = 10
WINDOWS: Final = (60, 120, 300, 600)
MAX_CUSTOM_BODY_BYTES: Final = 4096
LOG_PREFIX: Final = "aws-waf-logs-"

# DescribeManagedRuleGroup's capacities, AWS WAF Developer Guide, "AWS Managed Rules rule groups
# list", read in November 2026.
MANAGED_CAPACITY: Final = {
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesWordPressRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesAntiDDoSRuleSet": 50,
}
# AWS WAF Developer Guide, "Rule statements list": the base cost of each statement, in WCU.
STATEMENT_CAPACITY: Final = {
    "ipSetReferenceStatement": 1,
    "geoMatchStatement": 1,
    "labelMatchStatement": 1,
    "asnMatchStatement": 1,
    "sizeConstraintStatement": 1,
    "byteMatchStatement": 2,
    "regexMatchStatement": 3,
    "regexPatternSetReferenceStatement": 25,
    "sqliMatchStatement": 20,
    "xssMatchStatement": 40,
    "rateBasedStatement": 2,
}
TRANSFORMATION_CAPACITY: Final = 10
CONTAINS_CAPACITY: Final = 10  # byteMatchStatement with CONTAINS or CONTAINS_WORD


def capacity(statement: Any) -> int:
    """The WCU of a statement and all in it; unknown parts count nothing.

    A rule group counts its own ``capacity``, which a reference does not show.
    """
    if not isinstance(statement, Mapping):
        return 0
    total = 0
    for name, inner in statement.items():
        if not isinstance(inner, Mapping):
            continue
        total += STATEMENT_CAPACITY.get(name, 0)
        if name == "managedRuleGroupStatement":
            total += MANAGED_CAPACITY.get(str(inner.get("name")), 0)
        if name == "byteMatchStatement" and "CONTAINS" in str(inner.get("positionalConstraint")):
            total += CONTAINS_CAPACITY - STATEMENT_CAPACITY[name]
        transformations = [
            t for t in inner.get("textTransformations") or () if t.get("type") != "NONE"
        ]
        total += TRANSFORMATION_CAPACITY * len(transformations)
        single = [inner.get("statement"), inner.get("scopeDownStatement")]
        nested = inner.get("statements") or single
        total += sum(capacity(one) for one in nested)
    return total


def _rules(value: Any) -> Iterator[Mapping[str, Any]]:
    for rule in value if isinstance(value, list) else ():
        if isinstance(rule, Mapping):
            yield rule


def _capacity(value: Any, _: Mapping[str, Any]) -> str | None:
    total = sum(capacity(rule.get("statement")) for rule in _rules(value))
    return f"its rules need {total:,} WCU" if total > MAX_CAPACITY else None


def _priorities(value: Any, _: Mapping[str, Any]) -> str | None:
    counts = Counter(rule.get("priority") for rule in _rules(value))
    twice = [number for number, count in counts.items() if count > 1 and number != UNKNOWN]
    return f"priority {twice[0]} stands in two rules" if twice else None


def _rule_names(value: Any, _: Mapping[str, Any]) -> str | None:
    counts = Counter(rule.get("name") for rule in _rules(value))
    twice = [name for name, count in counts.items() if count > 1 and name != UNKNOWN]
    return f"{twice[0]!r} names two rules" if twice else None


def _rate_rules(value: Any, _: Mapping[str, Any]) -> str | None:
    count = sum("rateBasedStatement" in (rule.get("statement") or {}) for rule in _rules(value))
    return f"it has {count} rate-based rules" if count > MAX_RATE_RULES else None


def _windows(value: Any, _: Mapping[str, Any]) -> str | None:
    for rule in _rules(value):
        rate = (rule.get("statement") or {}).get("rateBasedStatement") or {}
        window = rate.get("evaluationWindowSec")
        if window not in {None, UNKNOWN, *WINDOWS}:
            return f"rule {rule.get('name')!r} counts over {window} seconds"
    return None


def _actions(value: Any, _: Mapping[str, Any]) -> str | None:
    groups = {"managedRuleGroupStatement", "ruleGroupReferenceStatement"}
    for rule in _rules(value):
        is_group = bool(groups & set(rule.get("statement") or {}))
        if is_group == ("action" in rule) or is_group != ("overrideAction" in rule):
            wanted = "overrideAction" if is_group else "action"
            return f"rule {rule.get('name')!r} must have {wanted} and only that"
    return None


def _response_bodies(value: Any, inputs: Mapping[str, Any]) -> str | None:
    defined = {body.get("key") for body in inputs.get("customResponseBodies") or ()}
    for rule in _rules(value):
        block = (rule.get("action") or {}).get("block") or {}
        key = (block.get("customResponse") or {}).get("customResponseBodyKey")
        if key not in {None, UNKNOWN, *defined}:
            return f"rule {rule.get('name')!r} names the body {key!r}, which is not defined"
    return None


def _body_size(value: Any, _: Mapping[str, Any]) -> str | None:
    for body in value if isinstance(value, list) else ():
        length = len(str(body.get("content")).encode())
        if length > MAX_CUSTOM_BODY_BYTES:
            return f"the body {body.get('key')!r} has {length:,} bytes"
    return None


def _networks(value: Any, inputs: Mapping[str, Any]) -> str | None:
    wanted = {"IPV4": 4, "IPV6": 6}.get(str(inputs.get("ipAddressVersion")))
    for text in value if isinstance(value, list) else ():
        if text == UNKNOWN:
            continue
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            return f"{text!r} is not a CIDR without host bits"
        if "/" not in text:
            return f"{text!r} has no prefix length"
        if network.prefixlen == 0:
            return f"{text!r} is all addresses"
        if wanted and network.version != wanted:
            return f"{text!r} is not an IPv{wanted} network"
    return None


def _log_group(value: Any, _: Mapping[str, Any]) -> str | None:
    for arn in value if isinstance(value, list) else ():
        name = str(arn).rpartition(":log-group:")[2] if ":log-group:" in str(arn) else None
        if name is not None and not name.startswith(LOG_PREFIX):
            return f"the log group {name!r} has another prefix"
    return None


def _row(
    types: tuple[str, ...], operation: str, kind: FaultKind, accepted: str, breaks: Breaks
) -> Limit:
    return Limit(
        types=types,
        property="rules",
        operation=operation,
        kind=kind,
        accepted=accepted,
        source=QUOTAS,
        breaks=breaks,
    )


_ACL: Final = ((WEB_ACL, RULE_GROUP), "wafv2:CreateWebACL")
ROWS: Final[Sequence[Limit]] = (
    _row(*_ACL, FaultKind.QUOTA, f"at most {MAX_CAPACITY:,} WCU", _capacity),
    _row(*_ACL, FaultKind.UNIQUE, "one rule of each priority", _priorities),
    _row(*_ACL, FaultKind.UNIQUE, "one rule of each name", _rule_names),
    _row(*_ACL, FaultKind.QUOTA, f"at most {MAX_RATE_RULES} rate-based rules", _rate_rules),
    _row(*_ACL, FaultKind.ENUM, "a window of 60, 120, 300 or 600 seconds", _windows),
    _row(*_ACL, FaultKind.REQUIRED, "overrideAction for rule groups, else action", _actions),
    _row(*_ACL, FaultKind.REQUIRED, "a key of customResponseBodies", _response_bodies),
    Limit(
        types=(WEB_ACL, RULE_GROUP),
        property="customResponseBodies",
        operation="wafv2:CreateWebACL",
        kind=FaultKind.LENGTH,
        accepted="at most 4 KB each",
        source=QUOTAS,
        breaks=_body_size,
    ),
    Limit(
        types=(IP_SET,),
        property="addresses",
        operation="wafv2:CreateIPSet",
        kind=FaultKind.PATTERN,
        accepted="CIDRs of the set's own IP version without host bits, /0 excluded",
        source="AWS WAF API Reference, IPSet: Addresses",
        breaks=_networks,
    ),
    Limit(
        types=(IP_SET,),
        property="addresses",
        operation="wafv2:CreateIPSet",
        kind=FaultKind.QUOTA,
        accepted=f"at most {MAX_NETWORKS:,} networks",
        source=QUOTAS,
        breaks=at_most_entries(MAX_NETWORKS),
    ),
    Limit(
        types=("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",),
        property="logDestinationConfigs",
        operation="wafv2:PutLoggingConfiguration",
        kind=FaultKind.PATTERN,
        accepted=f"a destination whose name begins with {LOG_PREFIX}",
        source="AWS WAF Developer Guide, Logging AWS WAF protection pack (web ACL) traffic",
        breaks=_log_group,
    ),
)
