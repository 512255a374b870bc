"""Calls of a deployed stack, from log groups of moto with lines as AWS writes them."""

import json
import time

import boto3
import pytest
from moto import mock_aws

from portcullis.errors import PortcullisError
from portcullis.explain.cloudwatch import CloudWatchLogs, LogGroups
from tests.portcullis.explain.lines import CALLS, access

GROUPS = LogGroups.of_stack("portcullis-dev")
EXECUTION = "API-Gateway-Execution-Logs_a1b2c3/dev"


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("logs", region_name="eu-central-1")
        for group in (GROUPS.access, GROUPS.authorizer, GROUPS.web_acl, EXECUTION):
            client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName="s")
        yield client


def put(client, group, *lines):
    events = [
        {"timestamp": int(time.time() * 1000) + n, "message": text} for n, text in enumerate(lines)
    ]
    client.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def logs(client, hours=1.0):
    return CloudWatchLogs(client, GROUPS, now=time.time(), hours=hours)


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
def test_the_lines_of_a_call_are_joined(client, case):
    put(client, GROUPS.access, json.dumps(access(requestId="r-0")), json.dumps(case.access))
    if case.authorizer:
        put(client, GROUPS.authorizer, "START RequestId: x", json.dumps(case.authorizer))
    if case.web_acl:
        put(client, GROUPS.web_acl, json.dumps(case.web_acl))
    if case.execution:
        put(client, EXECUTION, *case.execution)
    (call,) = logs(client).calls("r-1")
    assert (str(call.gate), call.reason, call.hints) == (case.gate, case.reason, ())


def test_a_log_that_a_stack_does_not_have_is_named_as_a_hint(client):
    client.delete_log_group(logGroupName=EXECUTION)
    case = CALLS[0]
    put(client, GROUPS.access, json.dumps(case.access))
    (call,) = logs(client).calls("r-1")
    assert str(call.gate) == case.gate
    assert "executionLogLevel" in call.hints[0]


def test_a_stack_that_is_not_there_is_one_line(client):
    with pytest.raises(PortcullisError, match="no log group /aws/apigateway/x/access"):
        CloudWatchLogs(client, LogGroups.of_stack("x"), now=time.time(), hours=1).calls()


def test_older_lines_than_asked_for_are_not_read(client):
    put(client, GROUPS.access, json.dumps(access()))
    assert CloudWatchLogs(client, GROUPS, now=time.time() + 7200, hours=1).calls() == []
