"""The capacity units (WCU) that a rule statement needs.

Source: AWS WAF Developer Guide, "Rule statements list" and "AWS Managed Rules rule groups list"
(the capacities that DescribeManagedRuleGroup answers), read in November 2026.
"""

from collections.abc import Mapping
from typing import Any, Final

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
