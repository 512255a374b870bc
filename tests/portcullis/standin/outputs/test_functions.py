"""Ids and computed outputs of Lambda have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import check_shape

SHAPES = [
    (
        "aws:lambda/function:Function",
        {"name": "authorizer", "publish": True},
        "qualifiedArn",
        r"arn:aws:lambda:eu-central-1:000000000000:function:authorizer:1",
    ),
    (
        "aws:lambda/alias:Alias",
        {"name": "live", "functionName": "authorizer"},
        "invokeArn",
        r"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        r"arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live/invocations",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
