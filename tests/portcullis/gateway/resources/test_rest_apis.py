"""REST APIs: what the resource says beside its body."""

import pytest

from portcullis.gateway.exchange import Endpoint, Layer
from portcullis.gateway.resources.rest_apis import read_apis
from portcullis.gateway.resources.unsupported import UnsupportedError


def only(good):
    (api,) = read_apis(good.graph()).values()
    return api


def test_the_execution_arn_gives_account_and_region(good):
    api = only(good)
    assert (api.account, api.region) == ("111122223333", "eu-central-1")


@pytest.mark.parametrize("where", ["property", "server", "root"])
def test_the_default_endpoint_may_be_disabled_in_any_of_three_places(start, good, where):
    extension = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    good.set("api", disableExecuteApiEndpoint=where == "property")
    if where == "server":
        good.body["servers"] = [{"url": "https://api.example.test", **extension}]
    elif where == "root":
        good.body.update(extension)
    response = start(good).call("/test/pets", endpoint=Endpoint.DEFAULT)
    assert response.layer is Layer.DEFAULT_ENDPOINT


@pytest.mark.parametrize(
    ("in_property", "in_body", "expected"),
    [
        (None, None, None),
        (None, "AUTHORIZER", "AUTHORIZER"),
        ("AUTHORIZER", None, "AUTHORIZER"),
        ("HEADER", "AUTHORIZER", "HEADER"),
    ],
)
def test_the_source_of_api_keys_is_the_property_or_else_the_bodys(
    good, in_property, in_body, expected
):
    if in_body is not None:
        good.body["x-amazon-apigateway-api-key-source"] = in_body
    assert only(good.set("api", apiKeySource=in_property)).api_key_source == expected


def test_responses_of_another_api_do_not_count(good):
    response = {"responseType": "DEFAULT_4XX", "statusCode": "418"}
    kind = "aws:apigateway/response:Response"
    good.add("mine", kind, restApiId="abcdef123", **response)
    good.add("other", kind, restApiId="another", **{**response, "responseType": "DEFAULT_5XX"})
    assert set(only(good).overlays) == {"DEFAULT_4XX"}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"body": None}, "no OpenAPI body"),
        ({"body": "{"}, "not JSON"),
        ({"parameters": {"basepath": "prepend"}}, "import parameters"),
        ({"executionArn": ""}, "no executionArn"),
        ({"endpointConfiguration": {"types": "EDGE"}}, "EDGE"),
    ],
)
def test_an_api_that_cannot_be_read_stops_the_start(good, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        only(good.set("api", **properties))
