"""AWS_PROXY: the function receives the call as an event, and its answer goes to the client."""

import asyncio
import json
from dataclasses import replace

import pytest

from portcullis.gateway.exchange import InvocationResult, Layer
from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.fakes import FakeFunctions, allow_everything
from tests.portcullis.gateway.graphs import ACCOUNT, EXECUTION_ARN, REGION

ORDERS_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ORDERS_ARN}:live/invocations"
PETS = {"statusCode": 201, "headers": {"X-From": "orders"}, "body": "[]"}


class OrdersFunctions(FakeFunctions):
    """The authorizer allows; the function ``orders`` answers ``orders``."""

    orders: object = InvocationResult(payload=PETS, function_error=None)

    async def invoke(self, function_name, qualifier, event):
        if function_name != "orders":
            return await super().invoke(function_name, qualifier, event)
        json.dumps(event)
        self.calls.append((function_name, qualifier, event))
        return await self.orders() if callable(self.orders) else self.orders


def permitted(good, source=f"{EXECUTION_ARN}/test/*/*", **properties):
    return good.add(
        "backend-permission",
        "aws:lambda/permission:Permission",
        **{
            "function": ORDERS_ARN,
            "qualifier": "live",
            "principal": "apigateway.amazonaws.com",
            "action": "lambda:InvokeFunction",
            "sourceArn": source,
            **properties,
        },
    )


def function_backend(good, path="/pets", method="get", **changes):
    integration = good.integration(path, method)
    integration.clear()
    integration.update({"type": "aws_proxy", "httpMethod": "POST", "uri": URI, **changes})
    return good


@pytest.fixture
def orders():
    return OrdersFunctions(answer=allow_everything)


@pytest.fixture
def served(start, good, orders):
    return start(permitted(function_backend(good)), functions=orders)


def test_the_function_s_answer_is_the_client_s(served):
    answer = served.call()
    assert (answer.status, answer.body, answer.layer) == (201, b"[]", Layer.BACKEND)
    assert ("X-From", "orders") in answer.headers
    assert served.functions.calls[-1][:2] == ("orders", "live")


def test_the_token_is_in_the_request_context(served):
    served.call()
    authorizer = served.functions.event["requestContext"]["authorizer"]
    assert authorizer["authorization"] == "Bearer minted"
    assert authorizer["principalId"] == "pet-shop"


def test_forged_headers_stay_headers_and_reach_no_other_place(served):
    """As on AWS the function sees the caller's own header: it must not read the token there."""
    forged = (("Authorization", "Bearer forged"), ("X-Client-Certificate-Thumbprint", "forged"))
    served.call(headers=forged)
    event = served.functions.event
    assert event["headers"]["Authorization"] == "Bearer forged"
    assert "forged" not in json.dumps(event["requestContext"])


def test_a_caller_cannot_forge_the_request_context(served):
    served.call("/pets?requestContext=forged", headers=(("requestContext", "forged"),))
    event = served.functions.event
    assert event["requestContext"]["authorizer"]["authorization"] == "Bearer minted"


def test_a_refused_call_invokes_no_backend(served):
    served.functions.answer = lambda _event: {}
    assert served.call().status == 500
    assert [name for name, *_ in served.functions.calls] == ["authorizer"]


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        (f"{EXECUTION_ARN}/authorizers/*", {}),
        (f"{EXECUTION_ARN}/other/*/*", {}),
        (f"{EXECUTION_ARN}/test/POST/pets", {}),
        ("arn:aws:execute-api:eu-central-1:111122223333:another/*", {}),
        (f"{EXECUTION_ARN}/test/*/*", {"qualifier": "next"}),
        (f"{EXECUTION_ARN}/test/*/*", {"principal": "events.amazonaws.com"}),
    ],
)
def test_without_the_permission_the_call_fails_as_on_aws(start, good, orders, source, changes):
    laptop = start(permitted(function_backend(good), source, **changes), functions=orders)
    answer = laptop.call()
    assert (answer.status, answer.body) == (500, b'{"message":"Internal server error"}')
    assert [name for name, *_ in orders.calls] == ["authorizer"]
    assert "Invalid permissions on Lambda function" in laptop.execution_log[-1]


@pytest.mark.parametrize(
    "source", [f"{EXECUTION_ARN}/test/GET/pets", f"{EXECUTION_ARN}/*/*", f"{EXECUTION_ARN}/*"]
)
def test_a_permission_for_the_method_is_enough(start, good, orders, source):
    laptop = start(permitted(function_backend(good), source), functions=orders)
    assert laptop.call().status == 201


@pytest.mark.parametrize(
    "result",
    [
        InvocationResult(payload={"errorMessage": "secret"}, function_error="Unhandled"),
        InvocationResult(payload=None, function_error="Timeout"),
        InvocationResult(payload="pets", function_error=None),
        InvocationResult(payload={"statusCode": "soon"}, function_error=None),
    ],
    ids=["raised", "timed out", "not an object", "malformed"],
)
def test_a_failing_function_is_a_502_without_its_words(served, result):
    served.functions.orders = result
    answer = served.call()
    assert (answer.status, answer.body) == (502, b'{"message":"Internal server error"}')
    assert answer.layer is Layer.INTEGRATION


def test_a_function_that_takes_too_long_is_a_504(start, good, orders):
    async def never():
        await asyncio.sleep(60)

    orders.orders = never
    laptop = start(permitted(function_backend(good, timeoutInMillis=50)), functions=orders)
    answer = laptop.call()
    assert (answer.status, answer.body) == (504, b'{"message":"Endpoint request timed out"}')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"httpMethod": "GET"}, "is not POST"),
        ({"uri": "https://backend.test"}, "not a Lambda invocation"),
        ({"uri": URI.replace("orders", "${stageVariables.none}")}, "not a Lambda invocation"),
        ({"credentials": "arn:aws:iam::111122223333:role/caller"}, "credentials"),
        ({"responseTransferMode": "STREAM"}, "streamed"),
        ({"timeoutInMillis": 30000}, "30 seconds"),
    ],
)
def test_what_is_not_emulated_stops_the_start(start, good, changes, words):
    with pytest.raises(UnsupportedError, match=words.replace("$", r"\$")):
        start(permitted(function_backend(good, **changes)))


def test_a_stage_variable_may_name_the_function(start, good, orders):
    good.set("stage", variables={"backend": "orders", "kid": "k1"})
    uri = URI.replace("orders", "${stageVariables.backend}")
    assert start(permitted(function_backend(good, uri=uri)), functions=orders).call().status == 201


def test_a_program_can_customise_the_502(served, start, good, orders):
    good.add(
        "response",
        "aws:apigateway/response:Response",
        restApiId="abcdef123",
        responseType="DEFAULT_5XX",
        statusCode="503",
    )
    orders.orders = replace(orders.orders, function_error="Crash")
    assert start(good, functions=orders).call().status == 503
