"""Customised gateway responses, in the body or as resources, and what AWS refuses in them."""

import pytest

from portcullis.gateway.resources.overlays import header_template, overlay, static_text
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

EXTENSION = "x-amazon-apigateway-gateway-responses"


def customised(good, name, **properties):
    good.body.setdefault(EXTENSION, {})[name] = properties
    return good


def header(response, name):
    return next((v for n, v in response.headers if n.lower() == name.lower()), None)


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


def test_an_overlay_has_status_headers_and_templates():
    written = {
        "statusCode": "404",
        "responseParameters": {"gatewayresponse.header.x-a": "'b'"},
        "responseTemplates": {"text/plain": "gone"},
    }
    read = overlay("DEFAULT_4XX", Block(written, "api"))
    (name, value) = read.headers[0]
    assert (read.status, name, value.render({}, {})) == (404, "x-a", "b")
    assert read.templates["text/plain"].render({}, {}) == "gone"


@pytest.mark.parametrize("status", [None, ""])
def test_without_a_status_that_of_aws_remains(status):
    assert overlay("DEFAULT_4XX", Block({"statusCode": status}, "api")).status is None


def test_a_customised_request_too_large_is_accepted_and_not_applied():
    written = {"statusCode": "418", "responseTemplates": {"application/json": "{}"}}
    read = overlay("REQUEST_TOO_LARGE", Block(written, "api"))
    assert (read.status, read.headers, dict(read.templates)) == (None, (), {})


@pytest.mark.parametrize(
    ("expression", "text"), [("'a b'", "a b"), ("''", ""), ("'", None), ("a", None), ("'a", None)]
)
def test_a_static_value_stands_in_single_quotes(expression, text):
    assert static_text(expression) == text


@pytest.mark.parametrize(
    ("expression", "value"),
    [("'fixed'", "fixed"), ("context.requestId", "r1"), ("stageVariables.kid", "k1")],
)
def test_a_header_is_static_or_from_context_or_stage(expression, value):
    rendered = header_template(expression, "api").render({"requestId": "r1"}, {"kid": "k1"})
    assert rendered == value
