"""The comparison of inputs says what the provider's Diff says."""

import pytest

from portcullis.standin.outputs import TABLE
from portcullis.standin.replacement import AUTO_NAMED, REPLACES, InputChange, compare
from portcullis.standin.stand_in import KEY_TYPE

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"


def test_every_type_that_the_stand_in_knows_has_a_row():
    assert set(REPLACES) == {*TABLE, KEY_TYPE}
    assert set(AUTO_NAMED) <= set(REPLACES)


def test_equal_inputs_are_no_change():
    assert compare(WEB_ACL, {"name": "a", "__defaults": []}, {"name": "a"}).changed == ()


@pytest.mark.parametrize(
    ("resource_type", "old", "new", "change"),
    [
        (WEB_ACL, {"rules": []}, {"rules": [1]}, InputChange(changed=("rules",))),
        (
            WEB_ACL,
            {"name": "a"},
            {"name": "b"},
            InputChange(changed=("name",), replaces=("name",), delete_before_replace=True),
        ),
        (
            WEB_ACL,
            {"scope": "REGIONAL"},
            {"scope": "CLOUDFRONT"},
            InputChange(changed=("scope",), replaces=("scope",)),
        ),
        (
            SUBSCRIPTION,
            {"endpoint": "a", "topic": "t"},
            {"endpoint": "b", "topic": "t"},
            InputChange(changed=("endpoint",), replaces=("endpoint",)),
        ),
        (
            PLAN_KEY,
            {"usagePlanId": "a"},
            {"usagePlanId": "b"},
            InputChange(changed=("usagePlanId",), replaces=("usagePlanId",)),
        ),
        (
            DEPLOYMENT,
            {"triggers": {"a": 1}, "description": "x"},
            {"triggers": {"a": 2}},
            InputChange(changed=("description", "triggers"), replaces=("triggers",)),
        ),
    ],
    ids=["update", "explicit name", "generated name", "endpoint", "every input", "one of two"],
)
def test_a_change_updates_or_replaces(resource_type, old, new, change):
    assert compare(resource_type, old, new) == change
