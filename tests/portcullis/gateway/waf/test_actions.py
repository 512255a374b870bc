"""Actions of rules: one of allow, block and count, and their custom responses."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import rule


def custom(**properties):
    return {"block": {"customResponse": {"responseCode": 403, **properties}}}


def test_a_custom_response_has_status_headers_body_and_content_type(web_acl, request_of):
    action = custom(
        customResponseBodyKey="no", responseHeaders=[{"name": "x-reason", "value": "r"}]
    )
    bodies = [{"key": "no", "contentType": "TEXT_HTML", "content": "<p>no</p>"}]
    acl = web_acl(rule("pets", 1, action), customResponseBodies=bodies)
    response = acl.evaluate(request_of("/pets")).custom_response
    assert (response.status, response.headers) == (403, (("x-reason", "r"),))
    assert (response.content_type, response.body) == ("text/html", b"<p>no</p>")


def test_a_plain_block_has_no_custom_response(web_acl, request_of):
    verdict = web_acl(rule("pets", 1)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.custom_response) == (False, None)


@pytest.mark.parametrize("action", ["allow", "count"])
def test_headers_are_inserted_under_aws_prefix_by_allow_and_count(web_acl, request_of, action):
    insert = {"insertHeaders": [{"name": "seen", "value": "yes"}]}
    acl = web_acl(rule("pets", 1, {action: {"customRequestHandling": insert}}))
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.inserted_headers) == (True, (("x-amzn-waf-seen", "yes"),))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("captcha", "captcha"),
        ("challenge", "challenge"),
        ("monetize", "monetize"),
        ({"block": {}, "allow": {}}, "one action"),
        ({}, "one action, but has none"),
        (custom(customResponseBodyKey="x"), "key 'x'"),
        (custom(surprise=1), "surprise"),
        ({"allow": {"surprise": 1}}, "surprise"),
        ({"block": {"surprise": 1}}, "surprise"),
    ],
)
def test_an_action_that_is_not_emulated_stops_the_start(web_acl, action, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(rule("a", 1, action))


def test_a_body_of_another_content_type_stops_the_start(web_acl):
    with pytest.raises(UnsupportedError, match="contentType TEXT_XML"):
        web_acl(customResponseBodies=[{"key": "k", "contentType": "TEXT_XML", "content": "x"}])
