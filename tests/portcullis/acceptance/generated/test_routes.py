"""Which operation a request leads to, and requests that lead to none."""

import pytest

from portcullis.acceptance.generated.routes import Routes
from portcullis.contract.operations import ContractOperation


def routes(*names):
    pairs = (name.split(" ") for name in names)
    return Routes(
        ContractOperation(method=method, path=path, scope="s", document={})
        for method, path in pairs
    )


ORDERS = routes("GET /v1/orders", "GET /v1/orders/{id}", "DELETE /v1/orders/{id}", "PUT /f/{p+}")


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/v1/orders", "/v1/orders"),
        ("GET", "/v1/orders/7", "/v1/orders/{id}"),
        ("PUT", "/f/a/b", "/f/{p+}"),
        ("PUT", "/v1/orders", None),
        ("GET", "/v1/orders/7/lines", None),
        ("GET", "/v1.orders", None),
    ],
)
def test_a_request_leads_to_one_operation_or_none(method, path, found):
    operation = ORDERS.find(method, path)
    assert (operation.path if operation else None) == found


def test_the_path_with_fewer_parameters_is_meant():
    either = routes("GET /{p+}", "GET /{a}/x", "GET /b/x")
    assert either.find("GET", "/b/x").path == "/b/x"
    assert either.find("GET", "/c/x").path == "/{a}/x"
    assert either.find("GET", "/c/y").path == "/{p+}"


def test_an_unknown_path_matches_no_route():
    assert ORDERS.unknown_path() == "/admin"
    assert routes("GET /{any}").unknown_path() == "/admin/console"
    assert routes("GET /{any+}").unknown_path() is None


def test_an_unknown_method_is_none_of_the_path():
    assert ORDERS.unknown_method("/v1/orders") == "DELETE"
    assert ORDERS.unknown_method("/v1/orders/7") == "PUT"
    every = routes(*(f"{method} /a" for method in ("DELETE", "PUT", "PATCH", "POST", "GET")))
    assert every.unknown_method("/a") is None
