"""Generated responses: whole answers as AWS gives them, and customised ones."""

import json

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.answers import ANSWERS
from portcullis.gateway.gates.call import new_call
from portcullis.gateway.gates.responses import GatewayResponses

EXTENSION = "x-amazon-apigateway-gateway-responses"


def customised(good, name, **properties):
    good.body.setdefault(EXTENSION, {})[name] = properties
    return good


def header(response, name):
    return next((v for n, v in response.headers if n.lower() == name.lower()), None)


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


def test_what_is_decided_before_a_stage_is_known_cannot_be_customised(start, good):
    customised(good, "DEFAULT_4XX", statusCode="418")
    assert start(good).call(host="other.test").status == 403


JSON = "application/json"
FORBIDDEN = (403, "ForbiddenException", b'{"message":"Forbidden"}')
INTERNAL = (500, "InternalServerErrorException", b'{"message":"Internal server error"}')
UNAUTHORIZED = (401, "UnauthorizedException", b'{"message":"Unauthorized"}')
# As recorded from AWS or documented; docs/gateway-parity.md says which.
WHOLE_ANSWERS = {
    "UNTRUSTED_CERTIFICATE": FORBIDDEN,
    "DEFAULT_ENDPOINT_DISABLED": FORBIDDEN,
    "UNKNOWN_DOMAIN": FORBIDDEN,
    "NO_BASE_PATH_MAPPING": FORBIDDEN,
    "UNKNOWN_STAGE": FORBIDDEN,
    "WEB_ACL_BLOCKED": FORBIDDEN,
    "INVALID_API_KEY": FORBIDDEN,
    "BAD_PATH": (400, "BadRequestException", b'{"message":"Bad Request"}'),
    "UNKNOWN_ROUTE": (
        403,
        "MissingAuthenticationTokenException",
        b'{"message":"Missing Authentication Token"}',
    ),
    "METHOD_ARN_TOO_LONG": (
        414,
        "RequestTooLongException",
        b'{"message":"Request URI too long"}',
    ),
    "THROTTLED": (429, "TooManyRequestsException", b'{"message":"Too Many Requests"}'),
    "QUOTA_EXCEEDED": (429, "LimitExceededException", b'{"message":"Limit Exceeded"}'),
    "NO_IDENTITY_SOURCE": UNAUTHORIZED,
    "UNAUTHORIZED": UNAUTHORIZED,
    "IMPLICIT_DENY": (
        403,
        "AccessDeniedException",
        b'{"Message":"User is not authorized to access this resource"}',
    ),
    "EXPLICIT_DENY": (
        403,
        "AccessDeniedException",
        b'{"Message":"User is not authorized to access this resource with an explicit deny in an '
        b'identity-based policy"}',
    ),
    "AUTHORIZER_FAILED": (500, "AuthorizerConfigurationException", b'{"message":null}'),
    "BAD_REQUEST_PARAMETERS": (
        400,
        "BadRequestException",
        b'{"message":"Missing required request parameters: [a]"}',
    ),
    "BAD_REQUEST_BODY": (400, "BadRequestException", b'{"message":"Invalid request body"}'),
    "UNSUPPORTED_MEDIA_TYPE": (
        415,
        "BadRequestException",
        b'{"message":"Unsupported Media Type"}',
    ),
    "INTEGRATION_TIMEOUT": (
        504,
        "InternalServerErrorException",
        b'{"message":"Endpoint request timed out"}',
    ),
    "INTEGRATION_FAILURE": (
        504,
        "InternalServerErrorException",
        b'{"message":"Network error communicating with endpoint"}',
    ),
    "FUNCTION_FAILED": (502, *INTERNAL[1:]),
    "API_CONFIGURATION_ERROR": INTERNAL,
    "INTERNAL": INTERNAL,
}
FROM_THE_LISTENER = {"REQUEST_TOO_LARGE"}  # in plain text, before a request is there


def test_every_generated_response_has_a_whole_answer():
    assert set(WHOLE_ANSWERS) | FROM_THE_LISTENER == set(ANSWERS)


@pytest.mark.parametrize("name", sorted(WHOLE_ANSWERS))
def test_a_response_has_the_status_headers_and_body_of_aws(laptop, name):
    message = "Missing required request parameters: [a]" if "PARAMETERS" in name else None
    response = GatewayResponses().answer(new_call(laptop.request()), name, message=message)
    status, error_type, body = WHOLE_ANSWERS[name]
    assert (response.status, response.body) == (status, body)
    assert response.headers == (("Content-Type", JSON), ("x-amzn-ErrorType", error_type))
    assert response.error_type == error_type
    assert response.layer in set(Layer)


def test_a_refused_call_has_exactly_these_headers(laptop):
    response = laptop.call("/nowhere")
    exchange = laptop.seen[-1][0]
    assert response.headers == (
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", "MissingAuthenticationTokenException"),
        ("x-amzn-RequestId", exchange.request_id),
        ("x-amz-apigw-id", exchange.extended_request_id),
    )


def test_a_customised_header_replaces_the_default_one_of_that_name(start, good):
    customised(
        good,
        "MISSING_AUTHENTICATION_TOKEN",
        responseParameters={"gatewayresponse.header.X-AMZN-ERRORTYPE": "'mine'"},
    )
    response = start(good).call("/nowhere")
    assert [v for n, v in response.headers if n.lower() == "x-amzn-errortype"] == ["mine"]
