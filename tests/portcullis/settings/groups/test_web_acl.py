"""The web ACL's settings."""

import json

import pytest

from portcullis.settings.groups.web_acl import WebAclSettings
from tests.portcullis.settings.mending import require_mended

REFUSED = {
    "rate below ten": {"portcullis:rateLimit": "9"},
    "rate above two thousand million": {"portcullis:rateLimit": "2000000001"},
    "window": {"portcullis:rateWindowSeconds": "90"},
    "rule group": {"portcullis:managedRuleGroups": '["AWSManagedRulesCommonRules"]'},
    "rule group twice": {
        "portcullis:managedRuleGroups": json.dumps(["AWSManagedRulesSQLiRuleSet"] * 2)
    },
    "one rule group too many": {
        "portcullis:managedRuleGroups": json.dumps(
            [
                "AWSManagedRulesAmazonIpReputationList",
                "AWSManagedRulesCommonRuleSet",
                "AWSManagedRulesKnownBadInputsRuleSet",
                "AWSManagedRulesSQLiRuleSet",
                "AWSManagedRulesUnixRuleSet",
            ]
        )
    },
    "shield": {"portcullis:shield": "Advanced"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_the_cost_of_shield_advanced_stands_where_it_is_chosen():
    shield = WebAclSettings.setting("shield")
    assert "3,000 USD a month" in shield.why
    assert "one year" in shield.why
