"""The access log: one valid line whatever a caller sends, with a dash for a missing value."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portcullis.gateway.gates.access_log import AccessLog
from portcullis.gateway.resources.unsupported import UnsupportedError

HOSTILE = st.text(max_size=40) | st.sampled_from(
    ['", "status": "200', "\n", "\r\n{}", "\u2028", "$context.status", "\\", "-", "\x00", "\ud800"]
)


def line(log_format, context):
    lines = []
    AccessLog(log_format, place="stage", sink=lines.append).write(context)
    (written,) = lines
    return written


@pytest.mark.parametrize(
    ("log_format", "expected"),
    [
        ("$context.requestId", "r1"),
        ("$context.requestId $context.status", "r1 -"),
        ('"$context.requestId $context.identity.sourceIp"', '"r1 192.0.2.1"'),
        ("$context.requestId.", "r1."),
        ("$context.requestId\n$context.requestId\n", "r1r1"),
        ("$context.extendedRequestId $other", "- $other"),
        ("$context.requestId $context.error.messageString", 'r1 "m"'),
        ("$context.requestId [$context.empty]", "r1 [-]"),
    ],
)
def test_variables_are_replaced_and_unknown_ones_are_a_dash(log_format, expected):
    context = {
        "requestId": "r1",
        "identity.sourceIp": "192.0.2.1",
        "error.messageString": '"m"',
        "empty": "",
    }
    assert line(log_format, context) == expected


@pytest.mark.parametrize("log_format", ["$context.status", "", "nothing"])
def test_a_format_that_api_gateway_refuses_stops_the_start(log_format):
    with pytest.raises(UnsupportedError, match="requestId"):
        AccessLog(log_format, place="stage", sink=print)


@given(values=st.dictionaries(st.sampled_from(["requestId", "a.b", "c"]), HOSTILE))
def test_a_line_is_one_valid_json_object_whatever_the_values_are(values):
    log_format = json.dumps({n: f"$context.{n}" for n in ("requestId", "a.b", "c")})
    written = line(log_format, values)
    assert len(written.splitlines()) == 1
    parsed = json.loads(written)
    assert parsed == {n: values.get(n) or "-" for n in ("requestId", "a.b", "c")}


@given(
    path=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30),
    agent=st.text(st.characters(max_codepoint=0xFF), max_size=30),
    method=st.sampled_from(["GET", "POST", "BREW"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_call_leaves_one_valid_line(laptop, path, agent, method):
    before = len(laptop.access_log)
    response = laptop.call(f"/{path}", method, headers=(("User-Agent", agent),))
    written = laptop.access_log[before:]
    if response.status == 400 and not written:
        return  # an invalid path has no stage
    (one,) = written
    assert len(one.splitlines()) == 1
    assert json.loads(one)["status"] == str(response.status)


def test_the_line_of_a_permitted_call_has_every_value_of_the_format(laptop):
    laptop.call()
    assert json.loads(laptop.access_log[-1]) == {
        "requestId": laptop.seen[-1][0].request_id,
        "status": "200",
        "path": "/pets",
        "resourcePath": "/pets",
        "httpMethod": "GET",
        "identity.sourceIp": "203.0.113.9",
        "identity.userAgent": "test/1",
        "identity.clientCert.subjectDN": "CN=pet-shop,C=DE",
        "authorizer.clientId": "pet-shop",
        "wafResponseCode": "WAF_ALLOW",
        "integration.status": "200",
        "error.responseType": "-",
        "error.message": "-",
    }


def test_the_line_of_a_refused_call_names_the_response_type(laptop):
    laptop.call("/nowhere")
    written = json.loads(laptop.access_log[-1])
    assert (written["error.responseType"], written["resourcePath"], written["status"]) == (
        "MISSING_AUTHENTICATION_TOKEN",
        "-",
        "403",
    )
