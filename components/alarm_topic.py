"""Alarm topic: CloudWatch's alarms of this account publish to it, e-mail addresses subscribe."""

import hashlib
from collections.abc import Sequence

import pulumi_aws as aws
from pulumi import Alias, Resource, ResourceOptions

from components.arn import Place
from components.policy_documents import allow, policy_json

DIGEST_CHARACTERS = 8  # enough to tell the addresses of one topic apart


def alarm_topic(
    name: str,
    *,
    prefix: str,
    place: Place,
    emails: Sequence[str],
    kms_key_arn: str | None,
    parent: Resource,
) -> aws.sns.Topic:
    """Register the topic, its policy and a subscription for each address."""
    topic_name = f"{prefix}-alarms"
    child = ResourceOptions(parent=parent)
    topic = aws.sns.Topic(
        name,
        name=topic_name,
        display_name=f"Alarms of {prefix}",
        # Never alias/aws/sns: alarms may not use that key, and would be lost.
        kms_master_key_id=kms_key_arn,
        opts=child,
    )
    aws.sns.TopicPolicy(
        f"{name}-policy",
        arn=topic.arn,
        policy=policy_json(
            allow(
                "AlarmsOfThisAccount",
                "sns:Publish",
                place.topic(topic_name),
                Principal={"Service": "cloudwatch.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": place.account_id}},
            )
        ),
        opts=child,
    )
    for position, address in enumerate(emails, start=1):
        aws.sns.TopicSubscription(
            # Named by address. SNS answers a second Subscribe with the subscription that exists:
            # named by position, an address that moves up would be subscribed and then removed.
            f"{name}-{_digest(address)}",
            topic=topic.arn,
            protocol="email",
            endpoint=address,
            opts=ResourceOptions(parent=parent, aliases=[Alias(name=f"{name}-{position}")]),
        )
    return topic


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:DIGEST_CHARACTERS]
