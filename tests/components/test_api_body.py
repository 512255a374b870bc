"""The body that API Gateway imports: complete, known, and without a way past a gate."""

import copy
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from components.api_body import BodyInputs, build_body
from portcullis.contract.contract import Contract
from tests.portcullis.contract.contracts import PETSTORE

URI = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-dev-authorizer:live/invocations"
)
PROXIED = [("/", "get"), ("/pets", "get"), ("/pets", "post"), ("/pets/{petId}", "get")]
JWKS = "/.well-known/jwks.json"


def inputs(**changes):
    return BodyInputs(
        **{
            "title": "portcullis-dev",
            "public_url": "https://api.example.com",
            "backend_url": "https://petstore.example.com/v1",
            "backend_timeout_seconds": 29,
            "authorizer_uri": URI,
            "authorizer_cache_seconds": 0,
            "signing_key_count": 1,
            "has_rate_plans": False,
            **changes,
        }
    )


def body(**changes):
    return json.loads(build_body(Contract.load(PETSTORE), inputs(**changes)))


@pytest.fixture(scope="module")
def built():
    return body()


def operations(document):
    return {(path, verb): o for path, item in document["paths"].items() for verb, o in item.items()}


@pytest.mark.parametrize("keys", [1, 2])
@pytest.mark.parametrize("cache_seconds", [0, 300])
def test_the_body_is_valid_openapi(keys, cache_seconds):
    validate(body(signing_key_count=keys, authorizer_cache_seconds=cache_seconds))


def test_equal_inputs_give_equal_text():
    assert build_body(Contract.load(PETSTORE), inputs()) == build_body(
        Contract.load(PETSTORE), inputs()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"backend_url": "https://other.example.com"},
        {"backend_timeout_seconds": 3},
        {"authorizer_uri": URI.replace("live", "next")},
        {"authorizer_cache_seconds": 60},
        {"signing_key_count": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_callers_would_notice_changes_the_text(change):
    assert build_body(Contract.load(PETSTORE), inputs(**change)) != build_body(
        Contract.load(PETSTORE), inputs()
    )


def test_building_leaves_the_contract_as_it_was():
    contract = Contract.load(PETSTORE)
    before = copy.deepcopy(contract)
    build_body(contract, inputs())
    build_body(contract, inputs(signing_key_count=2))
    assert contract == before


def test_the_proxied_routes_are_these(built):
    proxied = [
        where
        for where, operation in operations(built).items()
        if operation["x-amazon-apigateway-integration"]["type"] == "http_proxy"
    ]
    assert sorted(proxied) == sorted(PROXIED)


@pytest.mark.parametrize(("path", "verb"), PROXIED)
def test_every_proxied_route_goes_through_the_authorizer(built, path, verb):
    assert built["paths"][path][verb]["security"] == [{"clientCertificate": []}]


@pytest.mark.parametrize(("path", "verb"), PROXIED)
def test_every_proxied_route_tells_the_backend_who_calls(built, path, verb):
    mapping = built["paths"][path][verb]["x-amazon-apigateway-integration"]["requestParameters"]
    assert (
        mapping.items()
        >= {
            "integration.request.header.Authorization": "context.authorizer.authorization",
            "integration.request.header.X-Client-Certificate-Thumbprint": (
                "context.authorizer.certificateThumbprint"
            ),
            "integration.request.header.X-Request-Id": "context.requestId",
        }.items()
    )


@pytest.mark.parametrize(("path", "verb"), PROXIED)
def test_every_proxied_route_sends_the_certificate_only_where_asked(built, path, verb):
    def mapping(document):
        integration = document["paths"][path][verb]["x-amazon-apigateway-integration"]
        return integration["requestParameters"]

    name, source = "integration.request.header.Client-Cert", "context.authorizer.clientCert"
    assert mapping(body(client_cert_header=True))[name] == source
    assert name not in mapping(built)


@pytest.mark.parametrize(("path", "verb"), PROXIED)
def test_every_proxied_route_reaches_the_same_path_of_the_backend(built, path, verb):
    integration = built["paths"][path][verb]["x-amazon-apigateway-integration"]
    assert integration["uri"] == f"https://petstore.example.com/v1{path}"
    assert integration["httpMethod"] == verb.upper()
    for name in re.findall(r"\{(\w+)\}", path):
        mapped = integration["requestParameters"][f"integration.request.path.{name}"]
        assert mapped == f"method.request.path.{name}"


def test_declared_query_parameters_are_passed_on(built):
    mapping = built["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]["requestParameters"]
    for name in ("type", "page"):
        mapped = mapping[f"integration.request.querystring.{name}"]
        assert mapped == f"method.request.querystring.{name}"


def test_a_slash_at_the_end_of_the_backend_url_is_not_doubled():
    built = body(backend_url="http://127.0.0.1:8081/")
    uris = [o["x-amazon-apigateway-integration"].get("uri", "") for o in operations(built).values()]
    assert sorted(uris) == [
        "",
        "http://127.0.0.1:8081/",
        "http://127.0.0.1:8081/pets",
        "http://127.0.0.1:8081/pets",
        "http://127.0.0.1:8081/pets/{petId}",
    ]


def test_the_timeout_is_in_milliseconds():
    for where, operation in operations(body(backend_timeout_seconds=3)).items():
        if where in PROXIED:
            assert operation["x-amazon-apigateway-integration"]["timeoutInMillis"] == 3000


@pytest.mark.parametrize("extension", ["x-scope", "x-jwks"])
def test_our_own_extensions_do_not_reach_aws(built, extension):
    assert f"{extension}:" in PETSTORE.read_text(encoding="utf-8")
    assert f'"{extension}"' not in json.dumps(built)


def test_the_authorizer_sees_the_request_and_is_never_cached_by_default(built):
    scheme = built["components"]["securitySchemes"]["clientCertificate"]
    assert scheme["type"] == "apiKey"
    assert scheme["x-amazon-apigateway-authtype"] == "custom"
    assert scheme["x-amazon-apigateway-authorizer"] == {
        "type": "request",
        "authorizerUri": URI,
        "authorizerResultTtlInSeconds": 0,
    }


def test_a_cached_answer_is_bound_to_the_certificate():
    scheme = body(authorizer_cache_seconds=300)["components"]["securitySchemes"]
    authorizer = scheme["clientCertificate"]["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == 300
    assert authorizer["identitySource"] == "context.identity.clientCert.clientCertPem"


def test_bodies_and_parameters_are_validated_everywhere(built):
    name = built["x-amazon-apigateway-request-validator"]
    assert built["x-amazon-apigateway-request-validators"][name] == {
        "validateRequestBody": True,
        "validateRequestParameters": True,
    }
    assert not any("x-amazon-apigateway-request-validator" in o for o in operations(built).values())
    assert built["paths"]["/pets"]["post"]["requestBody"]["required"] is True


def test_a_new_pet_has_exactly_a_type_and_a_price(built):
    model = built["components"]["schemas"]["NewPet"]
    assert sorted(model["required"]) == ["price", "type"]
    assert model["additionalProperties"] is False
    assert model["properties"]["type"]["type"] == "string"
    assert model["properties"]["price"]["type"] == "number"


def test_the_default_endpoint_is_closed_in_the_body_too(built):
    (server,) = built["servers"]
    assert server["x-amazon-apigateway-endpoint-configuration"] == {
        "disableExecuteApiEndpoint": True
    }


@pytest.mark.parametrize("count", [1, 2])
def test_the_key_set_takes_its_coordinates_from_stage_variables(count):
    operation = body(signing_key_count=count)["paths"][JWKS]["get"]
    integration = operation["x-amazon-apigateway-integration"]
    assert operation["security"] == []
    assert integration["type"] == "mock"
    assert json.loads(integration["requestTemplates"]["application/json"]) == {"statusCode": 200}
    answer = integration["responses"]["default"]
    keys = json.loads(answer["responseTemplates"]["application/json"])["keys"]
    assert [key["kid"] for key in keys] == [f"$stageVariables.jwk{n + 1}kid" for n in range(count)]
    assert keys[0] == {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
        "kid": "$stageVariables.jwk1kid",
        "x": "$stageVariables.jwk1x",
        "y": "$stageVariables.jwk1y",
    }
    assert answer["responseParameters"]["method.response.header.Cache-Control"] == (
        "'public, max-age=300'"
    )
    # API Gateway maps only headers that the response declares.
    assert "Cache-Control" in operation["responses"]["200"]["headers"]


def test_with_rate_plans_each_method_requires_the_key_that_the_authorizer_names():
    built = body(has_rate_plans=True)
    assert built["x-amazon-apigateway-api-key-source"] == "AUTHORIZER"
    assert built["components"]["securitySchemes"]["api_key"] == {
        "type": "apiKey",
        "name": "x-api-key",
        "in": "header",
    }
    for (path, _), operation in operations(built).items():
        # One entry: two would be alternatives, and a key alone proves nothing.
        required = [] if path == JWKS else [{"clientCertificate": [], "api_key": []}]
        assert operation["security"] == required


def test_every_model_is_json(built):
    """API Gateway warns about other media types of a model, and a warning fails the import."""
    for operation in operations(built).values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        assert {media for body in bodies for media in body.get("content", {})} <= {
            "application/json"
        }


def test_without_rate_plans_no_key_is_required(built):
    assert "x-amazon-apigateway-api-key-source" not in built
    assert set(built["components"]["securitySchemes"]) == {"clientCertificate"}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_input_can_leave_its_place_in_the_text(text):
    built = body(title=text, backend_url=text, public_url=text)
    assert built["info"]["title"] == text
    assert set(built) == set(body())


FUNCTION_URI = URI.replace("portcullis-dev-authorizer", "orders")


def test_a_function_backend_is_a_lambda_proxy_on_every_route_with_a_scope():
    built = body(backend_url=None, backend_function_uri=FUNCTION_URI, backend_timeout_seconds=3)
    for where, operation in operations(built).items():
        integration = operation["x-amazon-apigateway-integration"]
        if where in PROXIED:
            assert integration == {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": FUNCTION_URI,
                "passthroughBehavior": "when_no_match",
                "timeoutInMillis": 3000,
            }
        else:
            assert integration["type"] == "mock"


ALB = (
    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/orders/"
    "50dc6c495c0c9188"
)


@pytest.mark.parametrize("target", [None, ALB], ids=["V1", "V2"])
def test_a_vpc_link_is_on_every_route_with_a_scope(target):
    built = body(vpc_link_id="abc123", load_balancer_arn=target)
    for path, verb in PROXIED:
        integration = built["paths"][path][verb]["x-amazon-apigateway-integration"]
        assert integration["connectionType"] == "VPC_LINK"
        assert integration["connectionId"] == "abc123"
        assert integration.get("integrationTarget") == target
        # The token is mapped as for every HTTP backend.
        mapped = integration["requestParameters"]
        assert mapped["integration.request.header.Authorization"] == (
            "context.authorizer.authorization"
        )


def test_the_key_set_holds_keys_of_both_kinds_during_a_change_of_algorithm():
    built = body(signing_key_count=2, rsa_positions=frozenset({2}))
    answer = built["paths"][JWKS]["get"]["x-amazon-apigateway-integration"]["responses"]["default"]
    first, second = json.loads(answer["responseTemplates"]["application/json"])["keys"]
    assert (first["kty"], first["y"]) == ("EC", "$stageVariables.jwk1y")
    assert second == {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": "$stageVariables.jwk2kid",
        "n": "$stageVariables.jwk2n",
        "e": "AQAB",
    }
