"""Calls of a deployed stack, from log groups of moto with lines as AWS writes them."""

import json

import boto3
import pytest
from moto import mock_aws

from components import log_groups
from portcullis.errors import PortcullisError
from portcullis.explain.cloudwatch import CloudWatchLogs
from tests.portcullis.explain.lines import AT, CALLS, THUMBPRINT, access

PREFIX = "portcullis-dev"
ACCESS = log_groups.access_log_group(PREFIX)
AUTHORIZER = log_groups.authorizer_log_group(PREFIX)
WEB_ACL = log_groups.web_acl_log_group(PREFIX)
EXECUTION = log_groups.execution_log_group("a1b2c3", "dev")


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("logs", region_name="eu-central-1")
        for group in (ACCESS, AUTHORIZER, WEB_ACL, EXECUTION):
            client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName="s")
        yield client


def put(client, group, *lines, at=AT):
    events = [{"timestamp": int(at * 1000) + n, "message": text} for n, text in enumerate(lines)]
    client.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def logs(client, hours=1.0, prefix=PREFIX, now=AT + 60):
    return CloudWatchLogs(client, prefix, hours=hours, clock=lambda: now)


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
def test_the_lines_of_a_call_are_joined(client, case):
    put(client, ACCESS, json.dumps(access(requestId="r-0")), json.dumps(case.access))
    if case.authorizer:
        put(client, AUTHORIZER, "START RequestId: x", json.dumps(case.authorizer))
    if case.web_acl:
        put(client, WEB_ACL, json.dumps(case.web_acl))
    if case.execution:
        put(client, EXECUTION, *case.execution)
    (call,) = logs(client).newest("r-1")
    assert (str(call.gate), call.reason, call.hints) == (case.gate, case.reason, ())


def test_a_line_that_aws_has_cut_off_still_names_the_gate(client):
    case = next(c for c in CALLS if c.name == "no-route")
    whole = json.dumps(case.access, separators=(",", ":"))
    put(client, ACCESS, whole[: whole.index('"reason"') + 12], '{"requestId":"r-', "x", "{")
    (call,) = logs(client).newest("r-1")
    assert (str(call.gate), call.reason) == (case.gate, case.reason)


def test_a_line_about_another_call_is_not_taken_for_this_ones(client):
    """A caller may send any text, also the id of another call."""
    case = next(c for c in CALLS if c.name == "allow-list")
    named = case.web_acl["httpRequest"] | {"uri": "/QTtelE2RCu6g6bo=/r-1", "requestId": "other"}
    other = case.web_acl | {"terminatingRuleId": "rate-limit", "httpRequest": named}
    put(client, ACCESS, json.dumps(case.access))
    put(client, WEB_ACL, json.dumps(other), json.dumps(case.web_acl))
    denied = {"requestId": "r-2", "detail": "r-1", "thumbprint": "x" * 43}
    put(client, AUTHORIZER, json.dumps(denied))
    put(client, EXECUTION, "(r-2) Method request path: r-1. Access denied. Reason: forged")
    (call,) = logs(client).newest("r-1")
    assert (call.reason, call.facts["thumbprint"]) == (case.reason, THUMBPRINT)


def test_a_log_that_a_stack_does_not_have_is_named_as_a_hint(client):
    client.delete_log_group(logGroupName=EXECUTION)
    case = CALLS[0]
    put(client, ACCESS, json.dumps(case.access))
    (call,) = logs(client).newest("r-1")
    assert str(call.gate) == case.gate
    assert "executionLogLevel" in call.hints[0]


def test_a_stack_that_is_not_there_is_one_line(client):
    with pytest.raises(PortcullisError, match="no log group /aws/apigateway/x/access"):
        next(logs(client, prefix="x").newest())


def test_older_lines_than_asked_for_are_not_read(client):
    put(client, ACCESS, json.dumps(access()))
    assert list(logs(client, now=AT + 7200).newest()) == []


def counted(client):
    """The names of the log groups that are read, one for each request to CloudWatch."""
    read = []
    client.meta.events.register(
        "provide-client-params.cloudwatch-logs.FilterLogEvents",
        lambda params, **_: read.append(params["logGroupName"]),
    )
    return read


def test_the_newest_call_comes_first_and_only_a_refused_one_is_joined(client):
    passed = [access(requestId=f"r-{n}", requestTime=str(int(AT * 1000) + n)) for n in (2, 3)]
    put(client, ACCESS, *map(json.dumps, [CALLS[0].access, *passed]))
    put(client, EXECUTION, *CALLS[0].execution)
    read = counted(client)
    calls = logs(client).newest()
    assert [next(calls).request_id, next(calls).request_id] == ["r-3", "r-2"]
    assert read == [ACCESS]
    assert next(calls).reason == CALLS[0].reason
    assert read.count(EXECUTION) == 1


def test_an_older_call_is_in_a_later_and_longer_window(client):
    put(client, ACCESS, json.dumps(access()))
    (call,) = logs(client, hours=3.0, now=AT + 3600).newest("r-1")
    assert call.request_id == "r-1"


@pytest.mark.parametrize("name", ["depot", "4f99", "4F:99", "20377", "Q" * 43, "04" * 32])
def test_a_certificate_names_its_calls_in_any_form(client, name):
    thumbprint = "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ" if name[0] == "0" else "Q" * 43
    mine = access(certificateThumbprint=thumbprint)
    other = access(
        requestId="r-2",
        clientId="shop",
        clientCertSerialNumber="01",
        certificateThumbprint="x" * 43,
    )
    put(client, ACCESS, json.dumps(mine), json.dumps(other))
    assert [call.request_id for call in logs(client).newest(name)] == ["r-1"]
