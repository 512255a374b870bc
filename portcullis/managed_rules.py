"""The rules of AWS's managed groups that routes may be excepted from, and the labels they add.

Rules about addresses are left out, and those whose label does not follow from their name.
Source: WAF Developer Guide, "AWS Managed Rules rule groups list".
"""

from collections.abc import Mapping
from typing import Final

BODY_SIZE: Final = "AWSManagedRulesCommonRuleSet/SizeRestrictions_BODY"  # 8 KB
_NAMESPACES: Final = {
    "AWSManagedRulesCommonRuleSet": "core-rule-set",
    "AWSManagedRulesKnownBadInputsRuleSet": "known-bad-inputs",
    "AWSManagedRulesSQLiRuleSet": "sql-database",
}
_PLACES: Final = {
    "BODY": "Body",
    "COOKIE": "Cookie",
    "HEADER": "Header",
    "QUERYARGUMENTS": "QueryArguments",
    "QUERYSTRING": "QueryString",
    "URIPATH": "URIPath",
}
_RULES: Final[Mapping[str, Mapping[str, str]]] = {
    "AWSManagedRulesCommonRuleSet": {
        "NoUserAgent": "HEADER",
        "SizeRestrictions": "QUERYSTRING BODY URIPATH",
        "SizeRestrictions_Cookie": "HEADER",
        "EC2MetaDataSSRF": "BODY COOKIE URIPATH QUERYARGUMENTS",
        "GenericLFI": "QUERYARGUMENTS URIPATH BODY",
        "RestrictedExtensions": "URIPATH QUERYARGUMENTS",
        "GenericRFI": "QUERYARGUMENTS BODY URIPATH",
        "CrossSiteScripting": "COOKIE QUERYARGUMENTS BODY URIPATH",
    },
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "JavaDeserializationRCE": "HEADER BODY URIPATH QUERYSTRING",
        "ExploitablePaths": "URIPATH",
        "Log4JRCE": "HEADER QUERYSTRING BODY URIPATH",
    },
    "AWSManagedRulesSQLiRuleSet": {
        "SQLi": "QUERYARGUMENTS BODY COOKIE URIPATH",
        "SQLiExtendedPatterns": "QUERYARGUMENTS BODY",
    },
}
# By GROUP/RULE, as AWS WAF's log names a rule of a group.
LABELS: Final[Mapping[str, str]] = {
    f"{group}/{rule}_{place}": f"awswaf:managed:aws:{_NAMESPACES[group]}:{rule}_{_PLACES[place]}"
    for group, rules in _RULES.items()
    for rule, places in rules.items()
    for place in places.split()
}
