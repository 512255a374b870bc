"""Ids and computed outputs of S3 and DynamoDB have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import check_shape

SHAPES = [
    (
        "aws:dynamodb/table:Table",
        {"name": "clients"},
        "arn",
        r"arn:aws:dynamodb:eu-central-1:000000000000:table/clients",
    ),
    (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "trust", "key": "ca.pem", "content": "pem"},
        "versionId",
        r"[A-Za-z0-9]{32}",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
