"""A picture holds what the graph holds: gates that are there, routes, scopes, backends."""

import pytest

from portcullis.picture.stack_picture import read_picture
from tests.portcullis.picture.graphs import (
    api,
    association,
    domain,
    function,
    graph,
    operation,
    web_acl,
    zip_with,
)

PATHS = {
    "/orders": {"get": operation(), "post": operation()},
    "/keys": {"get": operation(kind="mock") | {"security": []}},
}


@pytest.fixture
def whole(tmp_path):
    zip_file = zip_with(tmp_path / "a.zip", **{"GET /orders": "read", "POST /orders": "write"})
    return (api(PATHS), domain(), *web_acl(), association(), function(zip_file))


def gate(picture, title):
    return next(one for one in picture.gates if one.title == title)


def test_routes_have_the_scopes_of_the_zip_and_the_backend_of_the_body(whole):
    picture = read_picture(graph(*whole))
    assert [(r.method, r.path, r.scope, r.backend) for r in picture.routes] == [
        ("GET", "/orders", "read", "https://orders.example.com"),
        ("POST", "/orders", "write", "https://orders.example.com"),
        ("GET", "/keys", None, None),
    ]
    assert picture.backends == ("https://orders.example.com",)
    assert (picture.project, picture.stack, picture.domain) == ("shop", "dev", "api.example.com")


def test_every_gate_of_the_stack_has_its_facts(whole):
    picture = read_picture(graph(*whole))
    facts = {one.title: one.facts for one in picture.gates}
    assert facts == {
        "mutual TLS": ("api.example.com", "TLS 1.2", "default endpoint closed"),
        "web ACL": ("2 allowed networks", "300 calls in 60 s", "1 managed rule group"),
        "authorizer": ("on every route", "aud orders", "token for 300 s"),
        "header mapping": ("token on every route",),
    }


@pytest.mark.parametrize(
    ("title", "left_out", "put_in"),
    [
        ("mutual TLS", 1, domain(mutualTlsAuthentication=None)),
        ("web ACL", 4, None),  # the association
        ("authorizer", 0, api({"/orders": {"get": operation() | {"security": []}}})),
        ("header mapping", 0, api({"/orders": {"get": operation(requestParameters={})}})),
    ],
)
def test_a_gate_that_the_graph_lacks_is_missing(whole, title, left_out, put_in):
    resources = [r for number, r in enumerate(whole) if number != left_out]
    picture = read_picture(graph(*resources, *([put_in] if put_in else [])))
    assert gate(picture, title).is_missing
    assert sum(one.is_missing for one in picture.gates) == 1


def test_a_route_without_its_gate_is_counted(whole):
    paths = PATHS | {"/open": {"get": operation() | {"security": [{"cert": []}, {}]}}}
    picture = read_picture(graph(api(paths), *whole[1:]))
    assert gate(picture, "authorizer").facts[0] == "on 2 of 3 routes"
    assert gate(picture, "header mapping").facts == ("token on every route",)


def test_an_open_default_endpoint_is_not_called_closed(whole):
    picture = read_picture(graph(api(PATHS, disableExecuteApiEndpoint=False), *whole[1:]))
    assert "default endpoint closed" not in gate(picture, "mutual TLS").facts


@pytest.mark.parametrize(
    ("integration", "backend"),
    [
        (operation("http://127.0.0.1:8081/v1/orders"), "http://127.0.0.1:8081"),
        (
            operation("https://orders.internal/o", connectionType="VPC_LINK"),
            "https://orders.internal by VPC link",
        ),
        (
            operation(
                "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
                "arn:aws:lambda:eu-central-1:111122223333:function:orders:live/invocations",
                kind="AWS_PROXY",
            ),
            "Lambda function orders",
        ),
        (operation("arn:aws:apigateway:eu-central-1:s3:path/a", kind="aws"), "an AWS service"),
        (operation(kind="MOCK"), None),
    ],
)
def test_each_kind_of_backend_has_its_words(integration, backend):
    (route,) = read_picture(graph(api({"/orders": {"get": integration}}))).routes
    assert route.backend == backend


@pytest.mark.parametrize("body", [None, "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "- a", "[]"])
def test_a_body_that_cannot_be_read_has_no_routes(body):
    picture = read_picture(graph(api({}, body=body)))
    assert picture.routes == ()
    assert all(one.is_missing for one in picture.gates)


def test_a_zip_that_is_not_here_leaves_the_scopes_out(whole, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")
    for path in (tmp_path / "missing.zip", broken, zip_with(tmp_path / "b.zip")):
        picture = read_picture(graph(*whole[:-1], function(path)))
        assert {route.scope for route in picture.routes} == {None}
