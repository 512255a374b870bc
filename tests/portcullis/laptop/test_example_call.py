"""The call to paste is one of the contract, with a value for everything that it requires."""

import json

import pytest

from portcullis.contract.contract import Contract
from portcullis.graph.resource import Graph
from portcullis.laptop.demo_clients import write_demo_clients
from portcullis.laptop.example_call import ExampleCall, example_call, permitted_paths
from tests.portcullis.contract.contracts import ORDERS, PETSTORE
from tests.portcullis.laptop.exported.stacks import resource

JSON = {"200": {"content": {"application/json": {}}}}


def graph(**paths):
    for item in paths.values():
        for operation in item.values():
            operation.setdefault("x-amazon-apigateway-integration", {"type": "http_proxy"})
    return of_body({"paths": paths})


def of_body(document):
    api = resource("aws:apigateway/restApi:RestApi", "api", body=json.dumps(document))
    return Graph(project="portcullis", stack="local", resources=(api,))


def parameter(name, place, **schema):
    return {"name": name, "in": place, "required": True, "schema": schema}


def test_an_answer_in_json_comes_before_a_shorter_path():
    found = example_call(graph(**{"/": {"get": {}}, "/orders": {"get": {"responses": JSON}}}))
    assert found == ExampleCall(path="/orders", headers={})


def test_what_is_required_has_a_value():
    get = {
        "parameters": [
            parameter("X-Tenant", "header", type="string"),
            parameter("kind", "query", enum=["big & small"]),
            parameter("proxy", "path", type="string"),
            {"name": "page", "in": "query", "required": False},
        ]
    }
    found = example_call(graph(**{"/files/{proxy+}": {"get": get}}))
    assert found == ExampleCall(path="/files/1?kind=big+%26+small", headers={"X-Tenant": "1"})


def test_the_call_with_the_fewest_requirements_is_chosen():
    one = {"parameters": [parameter("id", "path")], "responses": JSON}
    found = example_call(graph(**{"/a/{id}": {"get": one}, "/b": {"get": {"responses": JSON}}}))
    assert found.path == "/b"


def test_only_a_get_that_the_client_may_call_counts():
    paths = {
        "/a": {"post": {}},
        "/b": {"get": {}},
        "/c": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}},
    }
    assert example_call(graph(**paths)).path == "/b"
    assert example_call(graph(**paths), permitted=["/a", "/c"]) is None
    assert example_call(graph()) is None


@pytest.mark.parametrize(
    ("client", "expected"),
    [("partner", {"/v1/orders", "/v1/orders/{orderId}"}), ("partner-b", set())],
)
def test_a_client_may_read_what_its_scopes_permit(tmp_path, client, expected):
    contract = tmp_path / "orders.yaml"
    contract.write_text(ORDERS)
    clients = write_demo_clients(tmp_path, Contract.load(contract).scopes)
    assert permitted_paths(contract, clients, client) == expected


def test_the_sample_shows_its_list():
    operations = Contract.load(PETSTORE).operations
    paths = {o.path: {} for o in operations}
    for operation in operations:
        paths[operation.path][operation.method.lower()] = {
            **operation.document,
            "x-amazon-apigateway-integration": {
                "type": "http_proxy" if operation.scope else "mock"
            },
        }
    assert example_call(of_body({"paths": paths})).path == "/pets"
