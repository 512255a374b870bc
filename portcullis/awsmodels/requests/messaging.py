"""SNS topics and subscriptions."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same


def _topic(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = {
        "DisplayName": inputs.get("displayName"),
        "KmsMasterKeyId": inputs.get("kmsMasterKeyId"),
        "Policy": inputs.get("policy"),
        "DeliveryPolicy": inputs.get("deliveryPolicy"),
    }
    return {
        "Name": moved(inputs, "name"),
        "Attributes": {name: value for name, value in attributes.items() if value is not None},
        "Tags": moved(inputs, "tags"),
    }


def _topic_policy(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "TopicArn": moved(inputs, "arn"),
        "AttributeName": "Policy",
        "AttributeValue": moved(inputs, "policy"),
    }


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:sns/topic:Topic": TypeRequests(
        auto_named="name",
        sent=(Sent(operation="sns:CreateTopic", reshape=_topic),),
    ),
    "aws:sns/topicPolicy:TopicPolicy": TypeRequests(
        sent=(Sent(operation="sns:SetTopicAttributes", reshape=_topic_policy),),
    ),
    "aws:sns/topicSubscription:TopicSubscription": TypeRequests(
        sent=(
            Sent(
                operation="sns:Subscribe",
                members={"topic": "TopicArn", **same("protocol", "endpoint")},
            ),
        ),
        not_sent={
            "confirmationTimeoutInMinutes": "the provider's own",
            "endpointAutoConfirms": "the provider's own",
        },
    ),
}
