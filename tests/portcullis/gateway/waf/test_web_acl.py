"""A web ACL: order of rules, default action, body limit, and what a slow pattern does."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf import patterns
from tests.portcullis.gateway.waf.written import BODY, contains, on, rule


def test_the_lowest_priority_decides_whatever_the_order_of_writing(web_acl, request_of):
    acl = web_acl(rule("pet", 2, "block"), rule("pets", 1, "allow"))
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (True, "pets")


@pytest.mark.parametrize(("default", "allowed"), [("allow", True), ("block", False)])
def test_without_a_match_the_default_action_decides(web_acl, request_of, default, allowed):
    acl = web_acl(rule("other", 1), defaultAction={default: {}})
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (allowed, "Default_Action")


def test_the_body_limit_is_the_web_acls(web_acl, request_of):
    rule = {
        "name": "r",
        "priority": 0,
        "action": {"block": {}},
        "statement": contains("Bad", BODY),
    }
    larger = {"requestBodies": [{"apiGateway": {"defaultSizeInspectionLimit": "KB_32"}}]}
    request = request_of(body=b"." * 20_000 + b"Bad")
    assert web_acl(rule).evaluate(request).allowed
    assert not web_acl(rule, associationConfig=larger).evaluate(request).allowed


def test_a_pattern_that_takes_too_long_blocks_instead_of_hanging(web_acl, request_of, monkeypatch):
    monkeypatch.setattr(patterns, "SEARCH_LIMIT_SECONDS", 0.005)
    slow = on("regexMatchStatement", BODY, regexString=r"^(\w+\s?)*$")
    rule = {"name": "slow", "priority": 0, "action": {"count": {}}, "statement": slow}
    verdict = web_acl(rule).evaluate(request_of(body=b"a" * 5000 + b"!"))
    assert not verdict.allowed
    assert verdict.rule == "slow (a pattern took too long)"


BODY_LIMIT = {"requestBodies": [{"apiGateway": {"defaultSizeInspectionLimit": "KB_8"}}]}


def test_the_default_action_may_insert_headers(web_acl, request_of):
    insert = {"insertHeaders": [{"name": "seen", "value": "yes"}]}
    acl = web_acl(defaultAction={"allow": {"customRequestHandling": insert}})
    assert acl.evaluate(request_of()).inserted_headers == (("x-amzn-waf-seen", "yes"),)


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"scope": "CLOUDFRONT"}, "REGIONAL"),
        ({"defaultAction": {}}, "one action"),
        ({"defaultAction": None}, "no defaultAction"),
        ({"associationConfig": BODY_LIMIT}, "KB_8"),
    ],
)
def test_a_web_acl_that_cannot_be_evaluated_stops_the_start(web_acl, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(**properties)


def test_an_ip_set_of_an_unknown_version_stops_the_start(good, web_acl):
    good.set("ip_set", ipAddressVersion="IPV5")
    with pytest.raises(UnsupportedError, match="must be IPV4 or IPV6, not IPV5"):
        web_acl()
