"""Routes are found in an OpenAPI body, as methods and as HTTP API routes."""

import json

import pytest

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.routes import routes
from tests.policies import apis
from tests.policies.reading.stack_of import UNKNOWN, stack_of, thing


def of_body(*changes, **props):
    stack, found = stack_of(
        thing(types.REST_API, "api", body=json.dumps(apis.body(*changes)), **props)
    )
    return list(routes(found["api"], stack))


def test_a_route_of_a_body_has_its_authorizer_and_integration():
    (route,) = of_body()
    assert route.label == "GET /pets"
    assert [one.kind for one in route.authorizers] == ["request"]
    assert route.integration.kind == "http_proxy"
    (source,) = route.integration.header("authorization")
    assert source.text() == "context.authorizer.authorization"
    assert route.proxied


@pytest.mark.parametrize(
    "security",
    [[], [{}], [{"clientCertificate": []}, {}]],
    ids=["empty", "empty alternative", "optional"],
)
def test_an_alternative_without_an_authorizer_leaves_none(security):
    (route,) = of_body((f"{apis.OPERATION} security", security))
    assert route.authorizers == ()


def test_a_mock_integration_has_no_backend():
    (route,) = of_body((apis.PROXY, apis.MOCK))
    assert not route.proxied


def test_a_missing_integration_may_have_a_backend():
    (route,) = of_body((apis.PROXY, apis.GONE))
    assert route.integration is None
    assert route.proxied


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((f"{apis.OPERATION} security", [{"other": []}]), "'other' of the OpenAPI document"),
        (("paths /pets", {"$ref": "https://example.com/x"}), "refers to another document"),
        ((apis.PROXY, {"$ref": "#/nowhere"}), "refers to a missing part"),
        ((apis.PROXY, {"$ref": "other.json#/x"}), "refers to another document"),
    ],
    ids=["scheme", "path", "missing", "document"],
)
def test_a_reference_that_cannot_be_followed_is_undecided(change, says):
    with pytest.raises(UndecidedError, match=says):
        of_body(change)


def test_a_method_finds_its_authorizer_and_integration():
    stack, found = stack_of(
        thing(types.REST_API, "api"),
        thing(types.REST_AUTHORIZER, "guard", type="REQUEST"),
        thing(
            types.REST_METHOD,
            "get",
            authorization="CUSTOM",
            authorizerId=UNKNOWN,
            httpMethod="GET",
            uses={"restApi": ["api"], "resourceId": ["api"], "authorizerId": ["guard"]},
        ),
        thing(
            types.REST_INTEGRATION,
            "backend",
            type="HTTP_PROXY",
            httpMethod="get",
            uses={"restApi": ["api"], "resourceId": ["api"]},
        ),
    )
    (route,) = routes(found["get"], stack)
    assert [one.kind for one in route.authorizers] == ["request"]
    assert route.integration.kind == "http_proxy"


def test_a_method_with_an_authorizer_of_another_stack_is_undecided():
    stack, found = stack_of(
        thing(types.REST_METHOD, "get", authorization="CUSTOM", authorizerId="a1b2c3")
    )
    with pytest.raises(UndecidedError, match="authorizerId does not refer to"):
        list(routes(found["get"], stack))


def test_quick_create_is_a_route_without_an_authorizer():
    stack, found = stack_of(thing(types.HTTP_API, "api", target="https://backend.example.com"))
    (route,) = routes(found["api"], stack)
    assert (route.label, route.authorizers, route.proxied) == ("quick create", (), True)
