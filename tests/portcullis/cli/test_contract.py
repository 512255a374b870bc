"""`portcullis contract check` shows the routes, or the line that is wrong."""

import json

import pytest
from typer.testing import CliRunner

from portcullis.cli.contract import app
from portcullis.contract.faults import ContractError
from portcullis.errors import ExitCode
from tests.portcullis.contract.contracts import ORDERS


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.yaml"
    file.write_text(ORDERS)
    return file


def check(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_each_route_is_shown_with_its_scope_and_what_is_validated(orders):
    result = check(orders)
    assert result.exit_code == ExitCode.OK
    rows = [line.split(maxsplit=3) for line in result.output.splitlines()]
    assert rows[0] == ["METHOD", "PATH", "SCOPE", "VALIDATED"]
    assert rows[1] == ["GET", "/v1/orders", "orders:read", "header X-Tenant"]
    assert rows[2][3] == "header X-Tenant, body application/json"
    assert rows[4][:3] == ["DELETE", "/v1/orders/{orderId}", "orders:write"]


def test_what_api_gateway_ignores_is_shown(orders):
    lines = check(orders).output.splitlines()
    assert "Ignored: GET /v1/orders: response default: API Gateway passes every answer on." in lines
    assert "Ignored: components: nullable in a schema: null is refused." in lines


def test_json_holds_the_same(orders):
    document = json.loads(check(orders, "--json").output)
    assert document["file"] == str(orders)
    assert document["ignored"] == ["nullable in a schema: null is refused"]
    assert document["routes"][0] == {
        "method": "GET",
        "path": "/v1/orders",
        "scope": "orders:read",
        "validated": ["header X-Tenant"],
        "ignored": ["response default: API Gateway passes every answer on"],
    }


def test_a_contract_that_is_refused_is_misuse(orders):
    orders.write_text(ORDERS.replace("      x-scope: orders:read\n", ""))
    result = check(orders)
    assert isinstance(result.exception, ContractError)
    assert result.exception.exit_code == ExitCode.MISUSE
    assert str(result.exception).startswith(f"{orders}:10: GET /v1/orders: has no scope.")
