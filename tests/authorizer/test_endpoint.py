"""The address of an AWS service."""

import pytest

from authorizer.endpoint import endpoint


@pytest.mark.parametrize(
    ("partition", "region", "address"),
    [
        ("aws", "eu-central-1", "https://kms.eu-central-1.amazonaws.com/"),
        ("aws-us-gov", "us-gov-west-1", "https://kms.us-gov-west-1.amazonaws.com/"),
        ("aws-cn", "cn-north-1", "https://kms.cn-north-1.amazonaws.com.cn/"),
        ("aws-iso", "us-iso-east-1", None),
    ],
)
def test_each_partition_has_its_suffix(partition, region, address):
    assert endpoint("kms", region=region, partition=partition, environment={}) == address


@pytest.mark.parametrize("override", ["http://127.0.0.1:5000", "http://127.0.0.1:5000/"])
def test_an_override_counts_for_its_service_only(override):
    environment = {"AWS_ENDPOINT_URL_KMS": override}
    where = {"region": "eu-central-1", "partition": "aws", "environment": environment}
    assert endpoint("kms", **where) == "http://127.0.0.1:5000/"
    assert endpoint("dynamodb", **where) == "https://dynamodb.eu-central-1.amazonaws.com/"
