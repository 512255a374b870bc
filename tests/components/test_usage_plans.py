"""Usage plans: limits by plan, counted under a key per client that is not a credential."""

import re

import pytest

from authorizer.usage import usage_key
from components.usage_plans import (
    PlanLimits,
    UsageKey,
    UsagePlans,
    UsagePlansArgs,
    keys_by_client,
    keys_by_plan,
)
from portcullis.errors import MisuseError

GOLD = PlanLimits(rate_per_second=50, burst=100, quota_per_day=10_000)
FREE = PlanLimits(rate_per_second=1, burst=2, quota_per_day=None)
PLANS = ("gold", "free")
FILE = "clients.dev.yaml"


@pytest.fixture
def recorded(engine):
    return engine.run(
        lambda: UsagePlans(
            "plans",
            UsagePlansArgs(
                prefix="portcullis-dev",
                rest_api_id="a1b2c3d4e5",
                stage_name="dev",
                stage="dev",
                plans={"gold": GOLD, "free": FREE},
                keys=[UsageKey(name="shop", plan="gold"), UsageKey(name="viewer", plan="free")],
            ),
        )
    )


def test_a_plan_limits_rate_burst_and_day_on_the_one_stage(recorded):
    plan = recorded.one("UsagePlan", "plans-gold").inputs
    assert plan["name"] == "portcullis-dev-gold"
    assert plan["apiStages"] == [{"apiId": "a1b2c3d4e5", "stage": "dev"}]
    assert plan["throttleSettings"] == {"rateLimit": 50.0, "burstLimit": 100}
    assert plan["quotaSettings"] == {"limit": 10_000, "period": "DAY"}


def test_a_plan_without_quota_has_none(recorded):
    assert "quotaSettings" not in recorded.one("UsagePlan", "plans-free").inputs


def test_each_key_counts_under_its_own_plan(recorded):
    for client_id, plan in (("shop", "gold"), ("viewer", "free")):
        link = recorded.one("UsagePlanKey", f"plans-key-{client_id}")
        key = recorded.one("ApiKey", f"plans-key-{client_id}")
        assert link.inputs["keyId"] == key.id
        assert link.inputs["usagePlanId"] == recorded.one("UsagePlan", f"plans-{plan}").id
        assert link.inputs["keyType"] == "API_KEY"


def test_a_key_leaves_its_plan_before_it_joins_another(recorded):
    """API Gateway answers ConflictException to a key's second plan on one stage."""
    assert all(link.flags.delete_before_replace for link in recorded.all("UsagePlanKey"))
    assert recorded.all("UsagePlanKey")


def test_a_key_has_the_value_that_the_authorizer_answers(recorded):
    value = recorded.one("ApiKey", "plans-key-shop").inputs["value"]
    assert value == usage_key("dev", "shop")


@pytest.mark.parametrize("name", ["a", "shop.berlin_2-a", "c" * 64])
@pytest.mark.parametrize("stage", ["d", "pre-prod_2", "s" * 32])
def test_every_name_makes_a_key_that_aws_takes(stage, name):
    # API Gateway Developer Guide, "Usage plans and API keys for REST APIs"
    assert re.fullmatch(r"[A-Za-z0-9]{20,128}", usage_key(stage, name))


def test_no_two_names_make_the_same_key():
    """API Gateway takes two keys of one value for the same key."""
    names = [("dev", "shop"), ("devs", "hop"), ("de", "vshop"), ("dev", "shop-"), ("shop", "dev")]
    assert len({usage_key(stage, name) for stage, name in names}) == len(names)


def test_a_key_stays_the_same_from_release_to_release():
    # sha256 of "dev", a zero byte and "shop": another value would begin to count anew.
    assert usage_key("dev", "shop") == "17174e3383199a30bff74bf71cd3ce471540ea77"


def test_every_child_belongs_to_the_component(recorded):
    component = recorded.one("UsagePlans")
    assert {r.parent for r in recorded.graph if r is not component} == {component.urn}


def test_with_the_file_each_client_has_a_key_of_its_own():
    assert keys_by_client(PLANS, {"shop": "gold", "viewer": "free"}, file=FILE) == [
        UsageKey(name="shop", plan="gold"),
        UsageKey(name="viewer", plan="free"),
    ]


def test_with_the_table_the_clients_of_a_plan_share_its_key():
    assert keys_by_plan(PLANS) == [
        UsageKey(name="gold", plan="gold"),
        UsageKey(name="free", plan="free"),
    ]


def test_a_client_without_a_plan_is_refused_before_api_gateway_refuses_its_calls():
    with pytest.raises(MisuseError, match=r"clients\.dev\.yaml: viewer has no ratePlan.*free"):
        keys_by_client(PLANS, {"shop": "gold", "viewer": None}, file=FILE)


def test_without_plans_no_client_needs_one():
    assert keys_by_client((), {"shop": None}, file=FILE) == []
