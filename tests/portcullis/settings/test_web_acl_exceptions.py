"""Exceptions of the web ACL: their rules, routes and reasons."""

import json

import pytest

from portcullis.managed_rules import BODY_SIZE
from portcullis.settings.web_acl_exceptions import WebAclException
from tests.portcullis.settings.mending import GOOD, error_of, exceptions, load, require_mended

KEY = "portcullis:webAclExceptions"
ROUTE = "PUT /documents/{id}"
REFUSED = {
    "a list": {KEY: '["SizeRestrictions_BODY"]'},
    "text": {KEY: "SizeRestrictions_BODY"},
    "an exception that is a list": {KEY: json.dumps({BODY_SIZE: [ROUTE]})},
    "no reason": {KEY: json.dumps({BODY_SIZE: {"routes": [ROUTE]}})},
    "another member": {KEY: json.dumps({BODY_SIZE: {"routes": [], "reason": "x", "until": ""}})},
    "a route that is a number": exceptions([1]),
    "no route": exceptions([]),
    "a route without a method": exceptions(["/documents"]),
    "every method": exceptions(["ANY /documents"]),
    "a greedy route": exceptions(["PUT /{path+}"]),
    "a route of parameters": exceptions(["PUT /{a}/{b}"]),
    "a route twice": exceptions([ROUTE, ROUTE]),
    "too many routes": exceptions([f"PUT /{n}" for n in range(11)]),
    "a short reason": exceptions([ROUTE], reason="because"),
    "a reason of two lines": exceptions([ROUTE], reason="first line\nsecond line"),
    "a rule without its group": exceptions([ROUTE], rule="SizeRestrictions_BODY"),
    "an unknown rule": exceptions([ROUTE], rule="AWSManagedRulesCommonRuleSet/Everything"),
    "a list of addresses": exceptions(
        [ROUTE], rule="AWSManagedRulesAmazonIpReputationList/AWSManagedIPReputationList"
    ),
    "a group that the stack does not have": {
        "portcullis:managedRuleGroups": '["AWSManagedRulesSQLiRuleSet"]',
        **exceptions([ROUTE]),
    },
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_exceptions_are_read():
    settings = load({**GOOD, **exceptions([ROUTE])})
    assert settings.web_acl_exceptions == {
        BODY_SIZE: WebAclException(routes=(ROUTE,), reason="Delivery notes are PDF files.")
    }


def test_the_error_names_the_rule_that_was_meant():
    error = error_of({**GOOD, **exceptions([ROUTE], rule="SizeRestrictions_BODY")})
    assert f"did you mean {BODY_SIZE}?" in str(error)
