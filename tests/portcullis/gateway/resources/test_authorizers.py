"""Authorizers and API keys of an OpenAPI body."""

import pytest

from portcullis.gateway.resources.authorizers import read_authorizer
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.resources.bodies import (
    CLIENT,
    KEY,
    body,
    extended,
    only,
    operation,
    read,
)


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
def test_a_security_scheme_that_is_not_emulated_is_refused(scheme, words):
    document = body({"/": {"get": operation(security=[{"odd": []}])}})
    document["components"]["securitySchemes"]["odd"] = scheme
    with pytest.raises(UnsupportedError, match=words):
        read(document)


def test_two_authorizers_on_one_operation_are_refused():
    document = body({"/": {"get": operation(security=[{"client": []}, {"other": []}])}})
    document["components"]["securitySchemes"]["other"] = CLIENT
    with pytest.raises(UnsupportedError, match="two authorizers"):
        read(document)


@pytest.mark.parametrize(
    ("security", "words"),
    [
        ([{"gone": []}], "security scheme 'gone' does not exist"),
        ([{"client": ["read"]}], "Cognito"),
        ([{}, {"client": []}], "optional"),
    ],
)
def test_a_security_requirement_that_is_not_emulated_is_refused(security, words):
    with pytest.raises(UnsupportedError, match=words):
        read(body({"/": {"get": operation(security=security)}}))


def test_an_authorization_type_other_than_none_is_refused():
    with pytest.raises(UnsupportedError, match="AWS_IAM"):
        read(extended("apigateway-auth", {"type": "AWS_IAM"}, "operation"))


def authorizer(**properties):
    written = CLIENT["x-amazon-apigateway-authorizer"] | properties
    return read_authorizer("client", Block(written, "api"))


def test_identity_sources_are_split_and_the_default_ttl_is_300_seconds():
    read_here = authorizer(identitySource=" a.b , c.d,", authorizerResultTtlInSeconds=None)
    assert read_here.identity_sources == ("a.b", "c.d")
    assert read_here.ttl_seconds == 300
    assert (read_here.function.name, read_here.function.qualifier) == ("f", None)


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"type": "token"}, "TOKEN"),
        ({"type": "cognito_user_pools"}, "COGNITO_USER_POOLS"),
        ({"authorizerUri": "https://example.test"}, "not a Lambda invocation"),
        ({"authorizerCredentials": "arn:role"}, "authorizerCredentials"),
        ({"identityValidationExpression": ".*"}, "identityValidationExpression"),
        ({"authorizerResultTtlInSeconds": 3601}, "0 to 3600"),
        ({"authorizerResultTtlInSeconds": -1}, "0 to 3600"),
        ({"authorizerResultTtlInSeconds": None}, "no identity source"),
        ({"authorizerResultTtlInSeconds": 60}, "no identity source"),
    ],
)
def test_an_authorizer_that_is_not_emulated_is_refused(properties, words):
    with pytest.raises(UnsupportedError, match=words):
        authorizer(**properties)
