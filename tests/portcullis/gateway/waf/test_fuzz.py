"""No request, whatever its bytes, may raise an error in a rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.web_acl import web_acls
from portcullis.graph.resource import Graph, Resource

WIRE = st.text(st.characters(max_codepoint=0xFF), max_size=60)
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
JSON_BODY = {
    "jsonBody": {
        "matchPattern": {"all": {}},
        "matchScope": "ALL",
        "oversizeHandling": "CONTINUE",
        "invalidFallbackBehavior": "EVALUATE_AS_STRING",
    }
}


def everything():
    rules = [
        {
            "name": group,
            "priority": number,
            "overrideAction": {"count": {}},
            "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
        }
        for number, group in enumerate(GROUPS)
    ]
    forwarded = {"headerName": "X-F", "fallbackBehavior": "MATCH"}
    rules += [
        {
            "name": "json",
            "priority": 100,
            "action": {"count": {}},
            "statement": {
                "sqliMatchStatement": {
                    "fieldToMatch": JSON_BODY,
                    "sensitivityLevel": "HIGH",
                    "textTransformations": [{"priority": 0, "type": "JS_DECODE"}],
                }
            },
        },
        {
            "name": "rate",
            "priority": 101,
            "action": {"count": {}},
            "statement": {
                "rateBasedStatement": {
                    "limit": 10,
                    "aggregateKeyType": "FORWARDED_IP",
                    "forwardedIpConfig": forwarded,
                }
            },
        },
    ]
    return rules


@pytest.fixture(scope="module")
def acl():
    properties = {
        "arn": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/fuzz/1",
        "name": "fuzz",
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": everything(),
    }
    resource = Resource(urn="u", type="aws:wafv2/webAcl:WebAcl", name="fuzz", inputs=properties)
    (compiled,) = web_acls(Graph(project="p", stack="s", resources=(resource,))).values()
    return compiled


@given(
    target=st.tuples(VISIBLE, VISIBLE),
    headers=st.lists(
        st.tuples(st.sampled_from(["User-Agent", "Cookie", "X-F", "X"]), WIRE), max_size=5
    ),
    body=st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
        ).map(lambda value: repr(value).replace("'", '"').encode("utf-8", "replace")),
    ),
)
def test_no_request_breaks_a_rule(acl, request_of, target, headers, body):
    path, query = target
    request = request_of(f"/{path}?{query}", headers=tuple(headers), body=body, source_ip="::1")
    assert acl.evaluate(request).allowed


@pytest.mark.parametrize(
    "body",
    [
        b"${" * 4000,
        b"'" * 8000,
        b"<" * 8000,
        b"/*" * 4000,
        b"or " * 2500,
        b"select " * 1100,
        b"..%2f" * 1500,
        b"\\u" * 4000,
    ],
)
def test_a_repetitive_body_is_inspected_in_time(acl, request_of, body):
    assert acl.evaluate(request_of(body=body, headers=(("User-Agent", "x"),))).allowed
