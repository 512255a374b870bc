"""A proxied route that is open is refused."""

import json
from dataclasses import replace

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-route-requires-authorizer")


@CASES.bad("api", says="GET /pets calls its backend without an authorizer")
def open_route():
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/pets": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://backend.example.com/pets",
                    }
                }
            }
        },
    }
    aws.apigateway.RestApi("api", body=json.dumps(document))


@CASES.good
def guarded_route():
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/pets": {
                "get": {
                    "security": [{"clientCertificate": []}],
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://backend.example.com/pets",
                    },
                }
            }
        },
        "components": {
            "securitySchemes": {
                "clientCertificate": {
                    "type": "apiKey",
                    "name": "Unused",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "request",
                        "authorizerUri": apis.AUTHORIZER_URI,
                    },
                }
            }
        },
    }
    aws.apigateway.RestApi("api", body=json.dumps(document))


@CASES.bad("api")
def empty_security():
    apis.rest_api((f"{apis.OPERATION} security", []))


@CASES.bad("api")
def alternative_without_an_authorizer():
    apis.rest_api((f"{apis.OPERATION} security", [{"clientCertificate": []}, {}]))


@CASES.bad("api")
def security_at_the_root_is_not_read_by_api_gateway():
    apis.rest_api(
        (f"{apis.OPERATION} security", apis.GONE), ("security", [{"clientCertificate": []}])
    )


@CASES.bad("api")
def plain_api_key():
    apis.rest_api(
        (f"{apis.OPERATION} security", [{"key": []}]),
        (
            "components securitySchemes key",
            {"type": "apiKey", "name": "x-api-key", "in": "header"},
        ),
    )


@CASES.bad("api")
def authorization_switched_off_by_the_extension():
    apis.rest_api((f"{apis.OPERATION} x-amazon-apigateway-auth", {"type": "NONE"}))


@CASES.bad("api", says="ANY /pets")
def open_route_for_any_method():
    apis.rest_api(
        (
            "paths /pets x-amazon-apigateway-any-method",
            {"x-amazon-apigateway-integration": apis.INTEGRATION},
        )
    )


@CASES.bad("api", says="POST /pets")
def one_of_two_routes():
    apis.rest_api(("paths /pets post", {"x-amazon-apigateway-integration": apis.INTEGRATION}))


@CASES.bad("api")
def route_without_an_integration():
    apis.rest_api(
        (f"{apis.OPERATION} security", []),
        (f"{apis.OPERATION} x-amazon-apigateway-integration", apis.GONE),
    )


@CASES.bad("api")
def body_as_yaml():
    aws.apigateway.RestApi(
        "api",
        body="""
openapi: 3.0.1
paths:
  /pets:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, uri: "https://backend.example.com"}
""",
    )


@CASES.bad("put")
def body_put_into_an_api():
    api = aws.apigateway.RestApi("api")
    aws.apigateway.RestApiPut(
        "put", rest_api_id=api.id, body=json.dumps(apis.body((f"{apis.OPERATION} security", [])))
    )


@CASES.bad("get-pets")
def method_without_authorization():
    apis.method_api(method={"authorization": "NONE", "authorizer_id": None})


@CASES.bad("get-pets")
def method_without_an_integration_and_authorization():
    apis.method_api(method={"authorization": "NONE"}, with_integration=False)


@CASES.bad("get-pets")
def open_route_of_an_http_api():
    apis.http_api(route={"authorization_type": "NONE", "authorizer_id": None})


@CASES.bad("api", says="quick create")
def quick_create():
    aws.apigatewayv2.Api("api", protocol_type="HTTP", target="https://backend.example.com")


@CASES.good
def methods():
    apis.method_api()


@CASES.good
def http_api():
    apis.http_api()


@CASES.good
def openapi_2():
    document = apis.body()
    document["swagger"] = "2.0"
    document["securityDefinitions"] = document.pop("components")["securitySchemes"]
    aws.apigateway.RestApi("api", body=json.dumps(document))


@CASES.good
def authorizer_and_integration_by_reference():
    document = apis.body(
        (apis.PROXY, {"$ref": "#/components/x-amazon-apigateway-integrations/pets"})
    )
    document["components"]["x-amazon-apigateway-integrations"] = {"pets": apis.INTEGRATION}
    aws.apigateway.RestApi("api", body=json.dumps(document))


API_KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}


@CASES.bad("api", says="without an authorizer")
def an_api_key_as_an_alternative_to_the_authorizer():
    apis.rest_api(
        (f"{apis.OPERATION} security", [{"clientCertificate": []}, {"apiKey": []}]),
        ("components securitySchemes apiKey", API_KEY),
    )


@CASES.good
def an_api_key_in_addition_to_the_authorizer():
    apis.rest_api(
        (f"{apis.OPERATION} security", [{"clientCertificate": [], "apiKey": []}]),
        ("components securitySchemes apiKey", API_KEY),
    )


@CASES.ignored
def mock_route_with_nothing_behind_it():
    apis.rest_api(
        (
            "paths /.well-known/jwks.json",
            {"get": {"security": [], "x-amazon-apigateway-integration": apis.MOCK}},
        )
    )


@CASES.ignored
def mock_method():
    apis.method_api(
        method={"authorization": "NONE", "authorizer_id": None},
        integration={"type": "MOCK", "uri": None, "request_parameters": None},
    )


@CASES.bad("get-pets")
def path_of_the_backend_from_a_value_that_a_preview_does_not_know():
    source = aws.s3.Bucket("bucket").arn
    parameters = apis.HEADERS | {"integration.request.path.id": source}
    uri = "https://backend.example.com/{id}"
    apis.method_api(integration={"uri": uri, "request_parameters": parameters})


@CASES.good
def path_of_the_backend_from_the_path():
    parameters = apis.HEADERS | {"integration.request.path.id": "method.request.path.id"}
    uri = "https://backend.example.com/{id}"
    apis.method_api(integration={"uri": uri, "request_parameters": parameters})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


@pytest.mark.parametrize(
    ("security", "refused"), [([], 1), ([{"clientCertificate": []}], 0)], ids=["open", "guarded"]
)
def test_a_body_given_as_a_mapping_is_read_like_a_text(pack, security, refused):
    """Other languages' programs hand one over; Python's SDK turns it into an error."""
    mapping = {"body": apis.body((f"{apis.OPERATION} security", security))}
    graph = graph_of(apis.rest_api, preview=True)
    (api,) = graph.resources
    changed = replace(graph, resources=(replace(api, inputs=mapping, outputs=mapping),))
    found = pack.judge(changed, preview=True).violations
    assert len([v for v in found if v.rule == CASES.rule]) == refused
