"""Rules in AWS's JSON."""

import json

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import (
    COMMON,
    rule,
)


def test_rules_may_be_written_in_aws_json(web_acl, request_of):
    arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/v6/1"
    written = [
        {
            "Name": "only",
            "Priority": 0,
            "Action": {"Block": {}},
            "Statement": {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": arn}}}},
            "VisibilityConfig": {"MetricName": "m"},
        },
        {
            "Name": "common",
            "Priority": 1,
            "OverrideAction": {"None": {}},
            "Statement": {
                "ManagedRuleGroupStatement": {
                    "VendorName": "AWS",
                    "Name": COMMON,
                    "ScopeDownStatement": {
                        "SizeConstraintStatement": {
                            "ComparisonOperator": "GT",
                            "Size": 0,
                            "FieldToMatch": {
                                "Cookies": {
                                    "MatchPattern": {"All": {}},
                                    "MatchScope": "ALL",
                                    "OversizeHandling": "MATCH",
                                }
                            },
                            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
                        }
                    },
                }
            },
        },
    ]
    acl = web_acl(ruleJson=json.dumps(written))
    assert acl.evaluate(request_of(source_ip="192.0.2.1")).rule == "only"
    assert acl.evaluate(request_of(source_ip="::1")).allowed
    cookie = (("Cookie", "a=1"),)
    assert acl.evaluate(request_of(source_ip="::1", headers=cookie)).rule.startswith("common/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("{}", "a list of rules"),
        ('[{"name": 1}]', "AWS's API"),
        ('[{"Statement": {"ByteMatchStatement": {"SearchString": "x"}}}]', "base64"),
    ],
)
def test_aws_json_that_cannot_be_read_stops_the_start(web_acl, text, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(ruleJson=text)


def test_rules_in_both_forms_stop_the_start(web_acl):
    with pytest.raises(UnsupportedError, match="also has rules"):
        web_acl(rule("a", 1), ruleJson="[]")
