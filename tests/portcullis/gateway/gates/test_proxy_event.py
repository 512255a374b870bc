"""The event of a Lambda proxy integration, member by member."""

import pytest

from tests.portcullis.gateway.gates.test_lambda_proxy import (
    OrdersFunctions,
    function_backend,
    permitted,
)

# API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
TOP = {
    "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
    "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext",
    "body", "isBase64Encoded",
}  # fmt: skip


@pytest.fixture
def event(start, good):
    function_backend(good, "/pets/{petId}")
    function_backend(good, "/pets", "post")
    laptop = start(permitted(function_backend(good)), functions=OrdersFunctions())

    def of(target="/pets", method="GET", **changes):
        laptop.call(target, method, **changes)
        assert laptop.functions.calls[-1][0] == "orders"
        return laptop.functions.event

    return of


def test_it_has_the_members_of_a_rest_api_and_no_others(event):
    assert set(event()) == TOP


def test_what_is_empty_is_null(event):
    sent = event()
    names = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body")
    assert [sent[name] for name in names] == [None] * 4


def test_path_query_and_body_arrive(event):
    sent = event("/pets/4%2F2?type=dog&type=cat", headers=(("X-Tenant", "a"),))
    assert sent["pathParameters"] == {"petId": "4%2F2"}
    assert sent["queryStringParameters"] == {"type": "cat"}
    assert sent["multiValueQueryStringParameters"] == {"type": ["dog", "cat"]}
    body = b'{"type":"d\xc3\xb6g"}'
    sent = event("/pets", "POST", body=body, headers=(("Content-Type", "application/json"),))
    assert (sent["body"], sent["isBase64Encoded"]) == (body.decode(), False)
    assert sent["httpMethod"] == "POST"


def test_the_authorizer_s_context_is_there_and_its_call_s_time(event):
    authorizer = event()["requestContext"]["authorizer"]
    assert set(authorizer) == {"authorization", "clientId", "principalId", "integrationLatency"}
    assert isinstance(authorizer["integrationLatency"], int)


def test_without_an_authorizer_the_context_has_none(start, good):
    good.operation("/pets", "get")["security"] = []
    functions = OrdersFunctions()
    start(permitted(function_backend(good)), functions=functions).call()
    assert "authorizer" not in functions.event["requestContext"]
