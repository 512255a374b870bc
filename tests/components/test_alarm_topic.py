"""The alarm topic: CloudWatch of this account publishes, every address is subscribed."""

import json

import pulumi
import pytest

from components.alarm_topic import alarm_topic


@pytest.fixture
def build(place):
    def make(*emails, kms_key_arn=None):
        def program():
            alarm_topic(
                "alarms",
                prefix="portcullis-dev",
                place=place,
                emails=emails,
                kms_key_arn=kms_key_arn,
                parent=pulumi.ComponentResource("test:index:Parent", "parent"),
            )

        return program

    return make


def test_only_cloudwatch_of_this_account_publishes_to_the_topic(engine, build):
    recorded = engine.preview(build())
    (statement,) = json.loads(recorded.one("TopicPolicy").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == "arn:aws:sns:eu-central-1:111122223333:portcullis-dev-alarms"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_the_topic_is_encrypted_with_the_stack_s_own_key_only(engine, build):
    """CloudWatch may not use AWS's key for SNS: its alarms would be lost."""
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    topic = engine.preview(build(kms_key_arn=key)).one("Topic")
    assert topic.inputs["kmsMasterKeyId"] == key
    assert "kmsMasterKeyId" not in engine.preview(build()).one("Topic").inputs


def test_a_subscription_keeps_its_name_when_the_list_changes(engine, build):
    """Named by position, the address that moves up would lose its subscription."""

    def by_address(*emails):
        recorded = engine.preview(build(*emails))
        return {s.inputs["endpoint"]: s.urn for s in recorded.all("TopicSubscription")}

    before = by_address("a@example.com", "b@example.com")
    after = by_address("b@example.com")
    assert after["b@example.com"] == before["b@example.com"]


def test_every_address_is_subscribed(engine, build):
    recorded = engine.run(build("a@example.com", "b@example.com"))
    subscriptions = [s.inputs for s in recorded.all("TopicSubscription")]
    assert {s["endpoint"] for s in subscriptions} == {"a@example.com", "b@example.com"}
    assert {s["protocol"] for s in subscriptions} == {"email"}
    assert {s["topic"] for s in subscriptions} == {recorded.one("Topic").outputs["arn"]}
