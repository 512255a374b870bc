"""ARNs contain the partition, region and account where AWS's do."""

import pytest

from portcullis.standin.location import Location

FRANKFURT = Location(region="eu-central-1", account="000000000000")


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_a_region_belongs_to_a_partition(region, partition):
    location = Location(region=region, account="1")
    assert location.global_arn("iam", "role/r") == f"arn:{partition}:iam::1:role/r"


def test_each_kind_of_arn():
    assert FRANKFURT.arn("sns", "t") == "arn:aws:sns:eu-central-1:000000000000:t"
    assert FRANKFURT.api_gateway_arn("/apikeys/k") == "arn:aws:apigateway:eu-central-1::/apikeys/k"
    assert FRANKFURT.invoke_arn("arn:f") == (
        "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:f/invocations"
    )
