"""ARNs are composed as AWS spells them, in every partition."""

import pytest

from components.arn import Place

FRANKFURT = Place(region="eu-central-1", account_id="111122223333")


@pytest.mark.parametrize(
    ("composed", "arn"),
    [
        (FRANKFURT.account_root, "arn:aws:iam::111122223333:root"),
        (FRANKFURT.role("signer"), "arn:aws:iam::111122223333:role/signer"),
        (FRANKFURT.bucket("trust"), "arn:aws:s3:::trust"),
        (FRANKFURT.log_group("/a/b"), "arn:aws:logs:eu-central-1:111122223333:log-group:/a/b"),
        (FRANKFURT.log_delivery_source(), "arn:aws:logs:eu-central-1:111122223333:*"),
        (
            FRANKFURT.table("clients"),
            "arn:aws:dynamodb:eu-central-1:111122223333:table/clients",
        ),
        (FRANKFURT.topic("alarms"), "arn:aws:sns:eu-central-1:111122223333:alarms"),
        (FRANKFURT.hosted_zone("Z1"), "arn:aws:route53:::hostedzone/Z1"),
        (
            FRANKFURT.function("signer", "live"),
            "arn:aws:lambda:eu-central-1:111122223333:function:signer:live",
        ),
        (
            FRANKFURT.invocation_uri(FRANKFURT.function("signer", "live")),
            "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:eu-central-1:111122223333:function:signer:live/invocations",
        ),
    ],
)
def test_an_arn_is_spelt_as_aws_does(composed, arn):
    assert composed == arn


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_follows_from_the_region(region, partition):
    place = Place(region=region, account_id="111122223333")
    assert place.role("x").startswith(f"arn:{partition}:iam:")
    assert place.invocation_uri(place.function("f", "live")).count(f"arn:{partition}:") == 2
