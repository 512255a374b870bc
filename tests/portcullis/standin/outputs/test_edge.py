"""Ids and computed outputs of ACM, Route 53, Shield and AWS WAF have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import UUID, check_shape

SHAPES = [
    (
        "aws:acm/certificate:Certificate",
        {"domainName": "api.example.com"},
        "arn",
        rf"arn:aws:acm:eu-central-1:000000000000:certificate/{UUID}",
    ),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"name": "gate"},
        "arn",
        rf"arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/gate/{UUID}",
    ),
    (
        "aws:wafv2/ipSet:IpSet",
        {"name": "allowed"},
        "arn",
        rf"arn:aws:wafv2:eu-central-1:000000000000:regional/ipset/allowed/{UUID}",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
