"""Gateway responses: AWS's table, and what a program lays over it."""

import json

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.answers import ANSWERS
from portcullis.gateway.resources.overlays import RESPONSE_TYPES
from portcullis.gateway.resources.unsupported import UnsupportedError

EXTENSION = "x-amazon-apigateway-gateway-responses"


def customised(good, name, **properties):
    good.body.setdefault(EXTENSION, {})[name] = properties
    return good


def header(response, name):
    return next((v for n, v in response.headers if n.lower() == name.lower()), None)


def test_every_row_names_a_type_aws_has_or_none():
    assert {a.type for a in ANSWERS.values()} <= {None, *RESPONSE_TYPES}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_row_has_the_status_of_its_type(name):
    row = ANSWERS[name]
    assert row.type is None or RESPONSE_TYPES[row.type] == row.status
    assert row.when.endswith(".")


def test_a_type_can_be_given_status_headers_and_body(start, good):
    customised(
        good,
        "MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={
            "gatewayresponse.header.x-layer": "'route'",
            "gatewayresponse.header.x-request": "context.requestId",
            "gatewayresponse.header.x-kid": "stageVariables.kid",
        },
        responseTemplates={
            "application/json": '{"error": $context.error.messageString, '
            '"type": "$context.error.responseType", "path": "$context.path"}'
        },
    )
    laptop = start(good)
    response = laptop.call("/nowhere")
    assert response.status == 404
    assert (header(response, "x-layer"), header(response, "x-kid")) == ("route", "k1")
    assert header(response, "x-request") == laptop.seen[-1][0].request_id
    assert json.loads(response.body) == {
        "error": "Missing Authentication Token",
        "type": "MISSING_AUTHENTICATION_TOKEN",
        "path": "/nowhere",
    }
    assert response.layer is Layer.ROUTE


@pytest.mark.parametrize(
    ("name", "target", "is_touched"),
    [
        ("DEFAULT_4XX", "/nowhere", True),
        ("DEFAULT_5XX", "/nowhere", False),
        ("THROTTLED", "/nowhere", False),
    ],
)
def test_the_default_of_a_family_covers_its_types(start, good, name, target, is_touched):
    customised(good, name, statusCode="418")
    assert (start(good).call(target).status == 418) is is_touched


def test_a_types_own_response_goes_before_the_familys(start, good):
    customised(good, "DEFAULT_4XX", statusCode="418")
    customised(good, "MISSING_AUTHENTICATION_TOKEN", statusCode="404")
    assert start(good).call("/nowhere").status == 404


def test_an_overlay_without_templates_keeps_aws_body(start, good, functions):
    customised(good, "DEFAULT_4XX", statusCode="418")
    functions.answer = lambda _event: {
        "principalId": "x",
        "policyDocument": {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
    }
    response = start(good, functions=functions).call()
    assert (response.status, response.body[:12]) == (418, b'{"Message":"')


def test_a_null_message_is_null_in_a_template(start, good):
    customised(
        good,
        "AUTHORIZER_CONFIGURATION_ERROR",
        responseTemplates={"application/json": '{"m":$context.error.messageString}'},
    )
    assert start(good.remove("permission")).call().body == b'{"m":null}'


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("text/html", "text/html"),
        ("text/html;q=0.9, application/json", "text/html"),
        ("image/png", "application/json"),
    ],
)
def test_the_template_is_chosen_by_what_the_client_accepts(start, good, accept, expected):
    customised(
        good,
        "DEFAULT_4XX",
        responseTemplates={"application/json": "{}", "text/html": "<p>no</p>"},
    )
    headers = () if accept is None else (("Accept", accept),)
    assert header(start(good).call("/nowhere", headers=headers), "content-type") == expected


def test_a_caller_cannot_break_out_of_a_json_template(start, good):
    customised(
        good,
        "DEFAULT_4XX",
        responseTemplates={"application/json": '{"agent": "$context.identity.userAgent"}'},
    )
    laptop = start(good)
    agent = (("User-Agent", '", "admin": true, "x": "'),)
    response = laptop.call("/nowhere", headers=agent)
    assert set(json.loads(response.body)) == {"agent"}


def test_a_response_resource_of_the_graph_counts_too(start, good):
    good.add(
        "teapot",
        "aws:apigateway/response:Response",
        restApiId="abcdef123",
        responseType="DEFAULT_4XX",
        statusCode="418",
        responseParameters={"gatewayresponse.header.x-a": "'b'"},
    )
    response = start(good).call("/nowhere")
    assert (response.status, header(response, "x-a")) == (418, "b")


def test_what_is_decided_before_a_stage_is_known_cannot_be_customised(start, good):
    customised(good, "DEFAULT_4XX", statusCode="418")
    assert start(good).call(host="other.test").status == 403


@pytest.mark.parametrize(
    ("name", "properties", "words"),
    [
        ("TEAPOT", {}, "no gateway response type"),
        ("DEFAULT_4XX", {"statusCode": "99"}, "not a final HTTP status"),
        ("DEFAULT_4XX", {"statusCode": "tea"}, "a number"),
        (
            "DEFAULT_4XX",
            {"responseParameters": {"method.response.header.x": "'a'"}},
            "no.* gatewayresponse.header|is not a",
        ),
        (
            "DEFAULT_4XX",
            {"responseParameters": {"gatewayresponse.header.x": "method.request.header.x"}},
            "not emulated",
        ),
        (
            "DEFAULT_4XX",
            {"responseTemplates": {"application/json": "$input.body"}},
            r"\$input",
        ),
    ],
)
def test_a_response_that_cannot_be_given_stops_the_start(start, good, name, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        start(customised(good, name, **properties))
