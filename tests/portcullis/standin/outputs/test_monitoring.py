"""Ids and computed outputs of CloudWatch, CloudWatch Logs and SNS have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import check_shape

SHAPES = [
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/a/b"},
        "arn",
        r"arn:aws:logs:eu-central-1:000000000000:log-group:/a/b",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
