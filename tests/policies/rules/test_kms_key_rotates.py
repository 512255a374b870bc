"""A symmetric key that never changes is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("kms-key-rotates")


@CASES.bad("key", says="enableKeyRotation is not true")
def never():
    aws.kms.Key("key", description="Encrypts the logs.")


@CASES.good
def every_year():
    aws.kms.Key("key", description="Encrypts the logs.", enable_key_rotation=True)


@CASES.ignored
def kms_cannot_rotate_a_signing_key():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
