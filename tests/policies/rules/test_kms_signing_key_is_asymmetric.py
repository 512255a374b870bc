"""A signing key that verifiers hold too is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("kms-signing-key-is-asymmetric")


@CASES.bad("key", says="could also create them")
def hmac():
    aws.kms.Key("key", key_usage="GENERATE_VERIFY_MAC", customer_master_key_spec="HMAC_256")


@CASES.good
def p256():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")


@CASES.bad("key", says="must be one of ECC_NIST_P256")
def another_curve():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_SECG_P256K1")


@CASES.bad("key")
def signing_without_a_spec():
    aws.kms.Key("key", key_usage="SIGN_VERIFY")


@CASES.bad("key", says="cannot sign")
def curve_that_is_not_for_signing():
    aws.kms.Key("key", customer_master_key_spec="ECC_NIST_P256")


@CASES.passes(config={"kms-signing-key-is-asymmetric": {"specs": ["RSA_3072"]}})
def spec_that_the_pack_is_configured_to():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="RSA_3072")


@CASES.ignored
def a_key_for_encryption():
    aws.kms.Key("key", enable_key_rotation=True)


@CASES.good
def an_rsa_key_that_signs():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="RSA_2048")


@CASES.bad("key", says="the key cannot sign")
def an_rsa_key_that_should_sign_and_encrypts():
    policy = json.dumps({"Statement": [{"Effect": "Deny", "Action": "kms:Sign", "Resource": "*"}]})
    aws.kms.Key("key", customer_master_key_spec="RSA_2048", policy=policy)


@CASES.ignored
def an_rsa_key_that_encrypts():
    aws.kms.Key("key", customer_master_key_spec="RSA_2048")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
