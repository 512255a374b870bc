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


def test_the_fix_of_equal_faults_is_shown_once(orders):
    text = ORDERS.replace("      x-scope: orders:read\n", "").replace(
        "      x-scope: orders:write\n", ""
    )
    orders.write_text(text)
    first, second, *_ = str(check(orders).exception).splitlines()
    assert "Write x-scope" in first
    assert second.endswith(": has no scope.")


def test_more_resources_than_the_quota_are_named(tmp_path):
    def shown(count):
        file = tmp_path / "many.yaml"
        paths = "".join(
            f"  /a/{n}: {{get: {{x-scope: a, responses: {{}}}}}}\n" for n in range(count)
        )
        file.write_text(f"openapi: 3.0.3\ninfo: {{title: T, version: 1.0.0}}\npaths:\n{paths}")
        return check(file).output

    # The root, /a, and the three resources of the key set's path and the paths themselves.
    assert "Quota: the paths need 301 resources" in shown(297)
    assert "Quota" not in shown(296)


def test_scopes_that_a_policy_has_no_room_for_are_named(tmp_path):
    def shown(count):
        file = tmp_path / "many.yaml"
        paths = "".join(
            f"  /a/{n}: {{get: {{x-scope: s{n % 2}, responses: {{}}}}}}\n" for n in range(count)
        )
        file.write_text(f"openapi: 3.0.3\ninfo: {{title: T, version: 1.0.0}}\npaths:\n{paths}")
        lines = check(file).output.splitlines()
        return [line.partition(". ")[0] for line in lines if line.startswith("Clients:")]

    assert shown(40) == []
    assert shown(90) == ["Clients: no policy can give a client every scope"]
    assert shown(200)[0] == "Clients: no policy can give a client only the scope s0"


CONFLICT = """\
openapi: 3.0.3
info: {title: Files, version: 1.0.0}
paths:
  /{proxy+}:
    get:
      x-scope: files
      parameters: [{name: proxy, in: path, required: true, schema: {type: string}}]
      responses: {}
  /orders/{id}:
    get:
      x-scope: orders
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {}
"""


def test_a_scope_that_no_policy_can_give_alone_is_named(tmp_path, orders):
    file = tmp_path / "files.yaml"
    file.write_text(CONFLICT)
    result = check(file)
    assert result.exit_code == ExitCode.OK
    lines = [line for line in result.output.splitlines() if line.startswith("Clients: ")]
    assert [line.split("only the scope ")[1].split(".")[0] for line in lines] == ["files", "orders"]
    assert all("Give both routes one scope, or rename a path." in line for line in lines)
    assert "Clients: " not in check(orders).output
