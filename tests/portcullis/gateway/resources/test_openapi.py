"""The body as API Gateway imports it, and what it may not contain here."""

import json

import pytest

from portcullis.gateway.resources.openapi import ANY, read_body
from portcullis.gateway.resources.unsupported import UnsupportedError

MOCK = {"type": "mock"}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
URI = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:111122223333:function:f/invocations"
)
CLIENT = {
    "type": "apiKey",
    "name": "Unused",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
        "type": "request",
        "authorizerUri": URI,
        "authorizerResultTtlInSeconds": 0,
    },
}


def operation(**more):
    return {"x-amazon-apigateway-integration": MOCK, **more}


def body(paths=None, **more):
    return {
        "openapi": "3.0.1",
        "paths": paths or {"/": {"get": operation()}},
        "components": {"securitySchemes": {"client": CLIENT, "key": KEY}},
        **more,
    }


def read(document):
    return read_body(json.dumps(document), "api")


def only(document):
    (found,) = read(document).operations
    return found


def test_every_method_of_a_path_is_an_operation():
    methods = ("get", "put", "post", "delete", "options", "head", "patch")
    found = read(body({"/a": dict.fromkeys(methods, operation())})).operations
    assert {o.method for o in found} == {m.upper() for m in methods}


def test_any_method_is_an_operation_for_all():
    any_method = {"x-amazon-apigateway-any-method": operation()}
    assert only(body({"/a/{proxy+}": any_method})).method == ANY


@pytest.mark.parametrize(
    ("own", "root", "expected"),
    [
        (None, None, (None, False)),
        ([], None, (None, False)),
        ([{"client": []}], None, ("client", False)),
        ([{"key": []}], None, (None, True)),
        ([{"client": [], "key": []}], None, ("client", True)),
        ([{"client": []}, {"key": []}], None, ("client", True)),
        (None, [{"client": []}], ("client", False)),
        ([], [{"client": []}], (None, False)),
        ([{"key": []}], [{"client": []}], (None, True)),
    ],
)
def test_security_of_the_operation_goes_before_that_of_the_document(own, root, expected):
    more = {} if root is None else {"security": root}
    document = body({"/": {"get": operation(**({} if own is None else {"security": own}))}}, **more)
    found = only(document)
    assert (found.authorizer and found.authorizer.name, found.api_key_required) == expected


def test_an_operation_can_switch_its_authorization_off():
    auth = {"x-amazon-apigateway-auth": {"type": "NONE"}, "security": [{"client": []}]}
    assert only(body({"/": {"get": operation(**auth)}})).authorizer is None


VALIDATORS = {
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True},
        "body": {"validateRequestBody": True},
        "none": {},
    }
}
PARAMETERS = {
    "parameters": [
        {"name": "q", "in": "query", "required": True},
        {"name": "X-A", "in": "header", "required": True},
        {"name": "free", "in": "query"},
        {"name": "c", "in": "cookie", "required": True},
    ],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
}


@pytest.mark.parametrize(
    ("root", "own", "parameters", "has_model"),
    [
        ("all", None, ("header.X-A", "path.id", "querystring.q"), True),
        ("none", "all", ("header.X-A", "path.id", "querystring.q"), True),
        ("all", "body", (), True),
        ("all", "none", (), False),
        (None, None, (), False),
    ],
)
def test_the_operations_validator_goes_before_the_documents(root, own, parameters, has_model):
    written = operation(**PARAMETERS)
    if own is not None:
        written["x-amazon-apigateway-request-validator"] = own
    item = {"get": written, "parameters": [{"name": "id", "in": "path", "required": True}]}
    document = body({"/{id}": item}, **VALIDATORS)
    if root is not None:
        document["x-amazon-apigateway-request-validator"] = root
    found = only(document).validation
    assert (found.parameters, bool(found.models)) == (parameters, has_model)


def test_references_are_followed_within_the_document():
    document = body(
        {
            "/": {
                "post": operation(
                    parameters=[{"$ref": "#/components/parameters/Q"}],
                    requestBody={"$ref": "#/components/requestBodies/B"},
                )
            }
        },
        **VALIDATORS,
        **{"x-amazon-apigateway-request-validator": "all"},
    )
    document["components"] |= {
        "parameters": {"Q": {"name": "q", "in": "query", "required": True}},
        "requestBodies": {"B": {"content": {"application/json": {"schema": {"type": "array"}}}}},
    }
    found = only(document).validation
    assert found.parameters == ("querystring.q",)
    assert set(found.models) == {"application/json"}


def extended(name, value, where="root"):
    extension = {f"x-amazon-{name}": value}
    if where == "root":
        return body(**extension)
    return body({"/": {"get": operation(**extension)}})


REFUSED = [
    ([], "must be an OpenAPI 3.0"),
    ({"swagger": "2.0", "paths": {}}, "must be an OpenAPI 3.0"),
    ({"openapi": "3.1.0", "paths": {}}, "must be an OpenAPI 3.0"),
    ({"openapi": "3.0.1"}, "no paths"),
    (body({"/": {"get": {}}}), "no integration"),
    (body({"/": {"trace": operation()}}), "TRACE"),
    (body({"/a b": {"get": operation()}}), "path segment"),
    (body({"/a{id}": {"get": operation()}}), "path segment"),
    (body({"/": {"$ref": "other.yaml"}}), r"\$ref"),
    (extended("apigateway-policy", {}), "apigateway-policy"),
    (extended("apigateway-cors", {}), "apigateway-cors"),
    (extended("something", 1), "x-amazon-something"),
    (extended("apigateway-binary-media-types", ["*/*"]), "binary media types"),
    (extended("apigateway-something", 1, "operation"), "apigateway-something"),
    (extended("apigateway-auth", {"type": "AWS_IAM"}, "operation"), "AWS_IAM"),
    (extended("apigateway-request-validator", "gone", "operation"), "no request validator"),
    (body({"/": {"get": operation(security=[{"gone": []}])}}), "no security scheme"),
    (body({"/": {"get": operation(security=[{"client": ["read"]}])}}), "Cognito"),
    (body({"/": {"get": operation(security=[{}, {"client": []}])}}), "optional"),
]


@pytest.mark.parametrize(("document", "words"), REFUSED)
def test_a_body_that_is_not_emulated_is_refused(document, words):
    with pytest.raises(UnsupportedError, match=words):
        read(document)


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ({"type": "oauth2"}, "oauth2"),
        ({"type": "http", "scheme": "basic"}, "http"),
        ({"type": "apiKey", "name": "Authorization", "in": "header"}, "apiKey"),
        ({**CLIENT, "x-amazon-apigateway-authtype": "awsSigv4"}, "awsSigv4"),
        ({**CLIENT, "x-amazon-apigateway-authtype": "cognito_user_pools"}, "cognito_user_pools"),
        ({**KEY, "x-amazon-apigateway-other": 1}, "apigateway-other"),
    ],
)
def test_a_security_scheme_that_nobody_checks_here_is_refused(scheme, words):
    document = body({"/": {"get": operation(security=[{"odd": []}])}})
    document["components"]["securitySchemes"]["odd"] = scheme
    with pytest.raises(UnsupportedError, match=words):
        read(document)


def test_two_authorizers_on_one_operation_are_refused():
    document = body({"/": {"get": operation(security=[{"client": []}, {"other": []}])}})
    document["components"]["securitySchemes"]["other"] = CLIENT
    with pytest.raises(UnsupportedError, match="two authorizers"):
        read(document)


def test_extensions_of_others_are_left_alone():
    document = body({"/": {"get": operation(**{"x-scope": "a"})}, "x-mine": {}}, **{"x-other": 1})
    assert only(document).method == "GET"
