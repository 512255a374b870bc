"""A client's own limit: API Gateway counts under the key that the authorizer names."""

import json
from datetime import UTC, datetime

import pytest
import yaml

from tests.portcullis.laptop.running import ROOT, running, wait_for

pytestmark = pytest.mark.laptop

PLANS = {
    "few": {"ratePerSecond": 1, "burst": 2},
    "daily": {"ratePerSecond": 100, "burst": 100, "quotaPerDay": 3},
    "many": {"ratePerSecond": 100, "burst": 100},
}


@pytest.fixture
def laptop(deployed_laptop):
    return deployed_laptop


@pytest.fixture
def clients_file(tmp_path):
    """Writes a registry in which these clients have these plans, and the others many calls."""

    def write(plans):
        registry = yaml.safe_load((ROOT / "clients.local.yaml").read_text())
        for client in registry["clients"]:
            client["ratePlan"] = plans.get(client["id"], "many")
        file = tmp_path / "clients.yaml"
        file.write_text(yaml.safe_dump(registry))
        return str(file)

    return write


@pytest.fixture
def deploy_plans(deploy, clients_file):
    return lambda plans: deploy(ratePlans=PLANS, clientsFile=clients_file(plans))


def answers(laptop, client, count):
    return [laptop.call(client)[:2] for _ in range(count)]


def within_a_day(deploy_and_call):
    """What it returns, from one day in UTC: a quota begins anew each day, and with each deploy."""
    while True:
        day = datetime.now(UTC).date()
        seen = deploy_and_call()
        if datetime.now(UTC).date() == day:
            return seen


THROTTLED = (429, '{"message":"Too Many Requests"}')
EXCEEDED = (429, '{"message":"Limit Exceeded"}')


def test_a_client_that_calls_too_fast_is_throttled_alone(laptop, deploy_plans):
    deploy_plans({"pet-shop": "few"})
    assert [status for status, _ in answers(laptop, "pet-shop", 2)] == [200, 200]
    wait_for(lambda: laptop.call("pet-shop")[:2] == THROTTLED)
    assert {status for status, _ in answers(laptop, "pet-viewer", 5)} == {200}


def test_a_client_over_its_daily_quota_gets_429_with_the_reason(laptop, deploy_plans):
    def deploy_and_call():
        deploy_plans({"pet-shop": "daily"})
        return answers(laptop, "pet-shop", 5)

    seen = within_a_day(deploy_and_call)
    assert [status for status, _ in seen[:3]] == [200, 200, 200]
    assert seen[3:] == [EXCEEDED, EXCEEDED]


def test_a_refused_client_is_not_counted(laptop, deploy_plans):
    deploy_plans({})
    assert laptop.call("pet-hotel")[0] == 403
    assert laptop.call("stranger")[0] == 403


def test_an_api_key_header_of_the_client_changes_nothing(laptop, deploy_plans):
    forged = {"x-api-key": "local-pet-viewer----"}

    def deploy_and_call():
        deploy_plans({"pet-shop": "daily"})
        return [laptop.call("pet-shop", headers=forged)[0] for _ in range(5)]

    statuses = within_a_day(deploy_and_call)
    assert statuses == [200, 200, 200, 429, 429]


def test_with_a_table_the_clients_of_a_plan_share_its_limits(clients_file, tmp_path):
    # A laptop of its own: a deploy fills a table only when it makes it, as on AWS.
    settings = {
        "registry": "dynamodb",
        "ratePlans": json.dumps(PLANS),
        "clientsFile": clients_file({"pet-shop": "daily", "pet-viewer": "daily"}),
    }
    options = [f"--config={name}={value}" for name, value in settings.items()]

    def start_and_call():
        with running(tmp_path / "laptop", *options) as laptop:
            return answers(laptop, "pet-shop", 2) + answers(laptop, "pet-viewer", 3)

    seen = within_a_day(start_and_call)
    assert [status for status, _ in seen] == [200, 200, 200, 429, 429]
