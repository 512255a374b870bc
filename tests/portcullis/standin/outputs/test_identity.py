"""Ids and computed outputs of IAM and KMS have AWS's formats."""

import pytest

from tests.portcullis.standin.outputs.shapes import UUID, check_shape

KEY = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
SHAPES = [
    ("aws:iam/role:Role", {"name": "signer"}, "arn", r"arn:aws:iam::000000000000:role/signer"),
    ("aws:iam/role:Role", {}, "name", r"thing-[0-9a-f]{7}"),
    ("aws:iam/role:Role", {"name": "signer"}, "uniqueId", r"AROA[A-Z0-9]{17}"),
    ("aws:kms/key:Key", KEY, "arn", rf"arn:aws:kms:eu-central-1:000000000000:key/{UUID}"),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_the_format_of_aws(resource_type, inputs, output, shape):
    check_shape(resource_type, inputs, output, shape)
