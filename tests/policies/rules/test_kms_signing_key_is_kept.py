"""A signing key that is easily lost is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("kms-signing-key-is-kept")


@CASES.bad("key", says="deletionWindowInDays is below 14")
def a_week_to_notice():
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        deletion_window_in_days=7,
    )


@CASES.good
def a_month_to_notice():
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        deletion_window_in_days=30,
    )


@CASES.bad("key", says="protect must be set", stack="prod")
def unprotected_in_production():
    a_month_to_notice()


@CASES.passes(stack="prod")
def protected_in_production():
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        opts=pulumi.ResourceOptions(protect=True),
    )


@CASES.bad("key", config={"kms-signing-key-is-kept": {"stacks": ["test"]}})
def unprotected_where_the_pack_is_configured_to():
    a_month_to_notice()


@CASES.ignored
def a_key_for_encryption():
    aws.kms.Key("key", enable_key_rotation=True, deletion_window_in_days=7)


@CASES.bad("key", says="may lock its administrators out")
def without_the_check_of_the_policy():
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        bypass_policy_lockout_safety_check=True,
    )


@CASES.bad("policy")
def without_the_check_of_a_separate_policy():
    key = aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")
    aws.kms.KeyPolicy("policy", key_id=key.id, policy="{}", bypass_policy_lockout_safety_check=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
