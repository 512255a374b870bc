"""Every gateway response names its layer, and keeps AWS's own body."""

import pytest

from components.gateway_responses import GATEWAY_RESPONSES, LAYER_HEADER, extension
from components.waf_rules import LAYER as WEB_ACL_LAYER
from portcullis.gateway.exchange import Layer


def test_the_layers_are_the_words_that_the_gateway_uses():
    assert {response.layer for response in GATEWAY_RESPONSES} <= {str(layer) for layer in Layer}
    assert WEB_ACL_LAYER == Layer.WEB_ACL


def test_no_response_type_is_listed_twice():
    types = [response.response_type for response in GATEWAY_RESPONSES]
    assert len(types) == len(set(types))


@pytest.mark.parametrize("response", GATEWAY_RESPONSES, ids=lambda r: r.response_type)
def test_a_response_keeps_its_status_and_body_and_names_its_layer(response):
    built = extension()[response.response_type]
    assert built["statusCode"] == str(response.status)
    assert built["responseParameters"] == {
        f"gatewayresponse.header.{LAYER_HEADER}": f"'{response.layer}'"
    }
    member = "Message" if response.response_type == "ACCESS_DENIED" else "message"
    assert built["responseTemplates"] == {
        "application/json": f'{{"{member}":$context.error.messageString}}'
    }


def test_a_response_that_api_gateway_does_not_customise_is_left_out():
    """API Gateway Developer Guide, "Important notes": REQUEST_TOO_LARGE cannot be customised."""
    assert "REQUEST_TOO_LARGE" not in extension()


@pytest.mark.parametrize(
    ("response_type", "status", "layer"),
    [
        ("WAF_FILTERED", 403, "web-acl"),
        ("MISSING_AUTHENTICATION_TOKEN", 403, "route"),
        ("THROTTLED", 429, "throttle"),
        ("ACCESS_DENIED", 403, "authorizer"),
        ("UNAUTHORIZED", 401, "authorizer"),
        ("AUTHORIZER_FAILURE", 500, "authorizer"),
        ("BAD_REQUEST_BODY", 400, "validation"),
        ("INTEGRATION_TIMEOUT", 504, "integration"),
    ],
)
def test_what_a_caller_meets(response_type, status, layer):
    (found,) = (r for r in GATEWAY_RESPONSES if r.response_type == response_type)
    assert (found.status, found.layer) == (status, layer)
