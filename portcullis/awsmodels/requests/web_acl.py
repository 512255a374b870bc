"""AWS WAF web ACLs, IP sets, rule groups and their logging."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same


def _logging(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    names = ("resourceArn", "logDestinationConfigs", "redactedFields", "loggingFilter")
    return {
        "LoggingConfiguration": {
            name: moved(inputs, name) for name in names if inputs.get(name) is not None
        }
    }


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:wafv2/ipSet:IpSet": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="wafv2:CreateIPSet",
                members=same(
                    "name", "scope", "description", "ipAddressVersion", "addresses", "tags"
                ),
            ),
        ),
    ),
    "aws:wafv2/regexPatternSet:RegexPatternSet": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="wafv2:CreateRegexPatternSet",
                members={
                    "regularExpressions": "RegularExpressionList",
                    **same("name", "scope", "description", "tags"),
                },
            ),
        ),
    ),
    "aws:wafv2/ruleGroup:RuleGroup": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="wafv2:CreateRuleGroup",
                members=same(
                    "name",
                    "scope",
                    "description",
                    "capacity",
                    "rules",
                    "visibilityConfig",
                    "customResponseBodies",
                    "tags",
                ),
            ),
        ),
    ),
    "aws:wafv2/webAcl:WebAcl": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="wafv2:CreateWebACL",
                members=same(
                    "name",
                    "scope",
                    "description",
                    "defaultAction",
                    "rules",
                    "visibilityConfig",
                    "customResponseBodies",
                    "captchaConfig",
                    "challengeConfig",
                    "tokenDomains",
                    "associationConfig",
                    "dataProtectionConfig",
                    "tags",
                ),
            ),
        ),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": TypeRequests(
        sent=(Sent(operation="wafv2:AssociateWebACL", members=same("webAclArn", "resourceArn")),)
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": TypeRequests(
        sent=(Sent(operation="wafv2:PutLoggingConfiguration", reshape=_logging),),
    ),
}
