"""A stack with another contract than the PetStore's: rules, AWS's models, and the same error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portcullis.errors import ExitCode
from portcullis.pki import laptop
from tests.portcullis.contract.contracts import ORDERS

PROJECT = Path(__file__).parents[3]
CLIENTS = """\
clients:
  - id: shop
    description: Sells.
    match: [{sanUri: 'spiffe://portcullis.local/client/shop'}]
    scopes: [SCOPE]
    status: active
"""


@pytest.fixture(scope="module")
def truststore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file


@pytest.fixture
def check(tmp_path, truststore):
    """Runs `portcullis policies check` on the local stack with a contract and its clients."""

    def run(contract, scope="orders:read", **settings):
        (tmp_path / "orders.yaml").write_text(contract)
        (tmp_path / "clients.yaml").write_text(CLIENTS.replace("SCOPE", scope))
        values = {
            "contractFile": tmp_path / "orders.yaml",
            "clientsFile": tmp_path / "clients.yaml",
            "truststoreFile": truststore,
            **settings,
        }
        options = [part for k, v in values.items() for part in ("--config", f"{k}={v}")]
        return subprocess.run(
            [sys.executable, "-m", "portcullis", "policies", "check", *options],
            cwd=PROJECT,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


WIDE = """\
  /files/{proxy+}:
    parameters: [{name: proxy, in: path, required: true, schema: {type: string}}]
    head: {x-scope: 'orders:read', responses: {default: {description: any}}}
    options: {x-scope: 'orders:read', responses: {}}
    put:
      x-scope: orders:write
      parameters:
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"204": {description: ok}, "4XX": {description: no}}
"""


@pytest.mark.parametrize(
    "contract",
    [ORDERS, ORDERS.replace("components:\n", WIDE + "components:\n", 1)],
    ids=["orders", "with a greedy path, a cookie, a binary body"],
)
def test_every_rule_and_model_accepts_the_stack(check, contract):
    result = check(contract)
    assert result.returncode == ExitCode.OK, result.stdout + result.stderr


def test_the_clients_file_is_checked_against_this_contract(check):
    result = check(ORDERS, scope="pets:read")
    assert result.returncode == ExitCode.MISUSE
    assert "must be one of orders:read, orders:write" in result.stderr


def test_a_contract_that_is_refused_is_one_line_at_preview(check, tmp_path):
    result = check(ORDERS.replace("3.0.3", "3.1.0"))
    assert result.returncode == ExitCode.MISUSE
    assert result.stderr.strip() == (
        f"error: {tmp_path / 'orders.yaml'}:1: openapi: is 3.1.0, but API Gateway imports OpenAPI "
        "3.0. Write openapi: 3.0.3; the next check names what 3.0 does not have."
    )
