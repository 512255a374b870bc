"""A contract and a backend of one's own: served, judged and attacked without a change of code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.portcullis.contract.contracts import ORDERS
from tests.portcullis.laptop.running import ROOT

pytestmark = pytest.mark.laptop

REFUND = """\
  /v1/refunds:
    post:
      x-scope: orders:refund
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses: {"201": {description: made}}
components:
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The attack matrix against Orders with a new route, whose scope is new."""
    folder = tmp_path_factory.mktemp("orders")
    (folder / "orders.yaml").write_text(ORDERS.replace("components:\n", REFUND, 1))
    backend = f"{sys.executable} {Path(__file__).with_name('orders_backend.py')}"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--verify", "--json"),
            *("--contract", str(folder / "orders.yaml"), "--backend", backend),
            *("--state-dir", str(folder / "state"), "--engine", "in-process", "--port", "0"),
            *("--default-endpoint-port", "0", "--backend-port", "0"),
            *("--inspector-port", "0"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert "\n{" in done.stdout, done.stderr
    return json.loads(done.stdout.partition("\n")[2])


def test_no_case_differs(report):
    assert [case for case in report["cases"] if case["verdict"] == "failed"] == []
    assert report["passed"] >= 95


def test_every_gate_was_tried(report):
    gates = ("tls", "http", "truststore", "custom-domain", "default-endpoint", "web-acl", "route")
    gates += ("authorizer", "validation", "integration", "backend")
    assert all(report["layers"].get(gate, 0) > 0 for gate in gates), report["layers"]


def test_only_the_token_of_a_backend_that_verifies_none_is_left_out(report):
    skipped = [case for case in report["cases"] if case["verdict"] == "skipped"]
    assert {case["layer"] for case in skipped} == {"backend"}
    assert all("verifiesTokens: true" in case["reason"] for case in skipped)


@pytest.mark.parametrize(
    "kind", ["valid", "missing-scope", "wrong-method", "body-missing", "body-without-a-member"]
)
def test_the_new_route_is_served_and_attacked(report, kind):
    (case,) = (c for c in report["cases"] if c["name"] == f"post-v1-refunds-{kind}")
    assert case["verdict"] == "passed"
