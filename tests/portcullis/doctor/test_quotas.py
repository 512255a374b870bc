"""Lambda's concurrency and API keys against what the stack wants."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.quotas import MAX_API_KEYS, check_api_keys, check_concurrency
from portcullis.settings.groups.authorizer import AuthorizerSettings
from portcullis.settings.groups.clients import ClientSettings
from portcullis.settings.rate_plans import RatePlan
from tests.portcullis.doctor.conftest import REGION

CLIENTS = """
clients:
  - id: pet-shop
    match: [{sanUri: "spiffe://a/pet-shop"}]
    scopes: [pets:read]
    status: active
    ratePlan: gold
"""


@pytest.fixture
def lambda_limits(monkeypatch):
    """Lambda's GetAccountSettings, which moto lacks; and the function's own reservation."""
    limits = {
        "total": 1000,
        "unreserved": 1000,
        "own": None,
        "function": "portcullis-dev-authorizer",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("/account-settings"):
                body = {
                    "AccountLimit": {
                        "ConcurrentExecutions": limits["total"],
                        "UnreservedConcurrentExecutions": limits["unreserved"],
                    }
                }
            elif limits["own"] is not None and f"/{limits['function']}/" in self.path:
                body = {"ReservedConcurrentExecutions": limits["own"]}
            else:
                self.send_response(404)
                self.send_header("x-amzn-ErrorType", "ResourceNotFoundException")
                self.end_headers()
                self.wfile.write(b"{}")
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
    yield limits
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("limits", "reserved", "expected"),
    [
        pytest.param((1000, 1000, None), 0, Health.OK, id="nothing reserved"),
        pytest.param((1000, 1000, None), 900, Health.OK, id="exactly enough"),
        pytest.param((1000, 1000, None), 901, Health.FAIL, id="one too many"),
        pytest.param((1000, 500, None), 450, Health.FAIL, id="others have reserved"),
        pytest.param((1000, 100, 900), 900, Health.OK, id="deployed already"),
        pytest.param((10, 10, None), 0, Health.WARN, id="new account"),
        pytest.param((10, 10, None), 1, Health.FAIL, id="new account, reserved"),
    ],
)
def test_reserved_concurrency_leaves_100_unreserved(
    aws, lambda_limits, stack_with, limits, *, reserved, expected
):
    lambda_limits.update(zip(("total", "unreserved", "own"), limits, strict=True))
    authorizer = AuthorizerSettings(reserved_concurrency=reserved)
    (line,) = check_concurrency(aws, stack_with(authorizer=authorizer))
    assert line.health is expected, line


def with_name_prefix(stack, prefix):
    return replace(stack, location=replace(stack.location, name_prefix=prefix))


def test_the_function_has_the_name_prefix_of_the_stack(aws, lambda_limits, stack_with):
    lambda_limits.update(unreserved=100, own=900, function="orders-dev-authorizer")
    authorizer = AuthorizerSettings(reserved_concurrency=900)
    stack = with_name_prefix(stack_with(authorizer=authorizer), "orders")
    (line,) = check_concurrency(aws, stack)
    assert line.health is Health.OK, line


def test_the_fix_names_the_quota_that_is_needed(aws, lambda_limits, stack_with):
    lambda_limits.update(total=10, unreserved=10)
    authorizer = AuthorizerSettings(reserved_concurrency=50)
    (line,) = check_concurrency(aws, stack_with(authorizer=authorizer))
    assert "--desired-value 150" in line.fix


@pytest.fixture
def planned(stack_with):
    plans = {"gold": RatePlan(rate_per_second=10, burst=20)}
    stack = stack_with(clients=ClientSettings(rate_plans=plans))
    (stack.project / "clients.dev.yaml").write_text(CLIENTS)
    return stack


def test_api_keys_are_counted_over_all_pages(aws, planned, monkeypatch):
    monkeypatch.setattr("portcullis.doctor.quotas.PAGE", 2)
    client = boto3.client("apigateway", region_name=REGION)
    for number in range(5):
        client.create_api_key(name=f"another-{number}")
    client.create_api_key(name="portcullis-dev-pet-shop")
    (line,) = check_api_keys(aws, planned)
    assert line.health is Health.OK
    assert f"6 of {MAX_API_KEYS:,}" in line.found


def test_too_many_api_keys_are_a_failure(aws, planned, monkeypatch):
    monkeypatch.setattr("portcullis.doctor.quotas.MAX_API_KEYS", 1)
    boto3.client("apigateway", region_name=REGION).create_api_key(name="another")
    assert [line.health for line in check_api_keys(aws, planned)] == [Health.FAIL]


def test_keys_of_this_stack_are_not_counted_twice(aws, planned, monkeypatch):
    monkeypatch.setattr("portcullis.doctor.quotas.MAX_API_KEYS", 1)
    client = boto3.client("apigateway", region_name=REGION)
    client.create_api_key(name="portcullis-dev-pet-shop")
    assert [line.health for line in check_api_keys(aws, planned)] == [Health.OK]


def test_the_keys_of_this_stack_have_its_name_prefix(aws, planned, monkeypatch):
    monkeypatch.setattr("portcullis.doctor.quotas.MAX_API_KEYS", 1)
    boto3.client("apigateway", region_name=REGION).create_api_key(name="orders-dev-pet-shop")
    stack = with_name_prefix(planned, "orders")
    assert [line.health for line in check_api_keys(aws, stack)] == [Health.OK]


def test_without_rate_plans_no_key_is_asked_for(aws, stack_with):
    assert list(check_api_keys(aws, stack_with())) == []
