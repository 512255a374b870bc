"""A signing key that the whole account may use is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import by_hand
from tests.policies.cases import Cases

CASES = Cases("kms-signing-key-restricts-signers")


@CASES.bad("key", says="allows kms:Sign for the whole account")
def the_whole_account():
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    },
                ],
            }
        ),
    )


@CASES.good
def one_role():
    aws.iam.Role("role", name="authorizer", assume_role_policy=json.dumps(by_hand.TRUST))
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    },
                    {
                        "Effect": "Deny",
                        "Principal": {"AWS": "*"},
                        "Action": "kms:Sign",
                        "Resource": "*",
                        "Condition": {
                            "ArnNotEquals": {
                                "aws:PrincipalArn": "arn:aws:iam::000000000000:role/authorizer"
                            }
                        },
                    },
                ],
            }
        ),
    )


ROLE = "arn:aws:iam::000000000000:role/authorizer"
ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ONLY_THE_ROLE = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "kms:Sign",
    "Resource": "*",
    "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}},
}


def key(*statements):
    aws.iam.Role("role", name="authorizer", assume_role_policy=json.dumps(by_hand.TRUST))
    aws.kms.Key(
        "key",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )


@CASES.bad("key", says="policy is missing")
def without_a_policy():
    aws.kms.Key("key", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")


@CASES.bad("key", says="allows every principal")
def everybody():
    key(ACCOUNT | {"Principal": "*"}, ONLY_THE_ROLE)


ANY_PRINCIPAL_SIGNS = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "kms:Sign",
    "Resource": "*",
}


@CASES.good
def a_grant_by_the_caller_s_arn():
    grant = ANY_PRINCIPAL_SIGNS | {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}
    key(ACCOUNT, ONLY_THE_ROLE, grant)


@CASES.bad("key", says="allows every principal")
def a_grant_by_a_wildcard_arn():
    roles = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/*"}}
    key(ACCOUNT, ONLY_THE_ROLE, ANY_PRINCIPAL_SIGNS | {"Condition": roles})


@CASES.bad("key", says="allows every principal")
def a_grant_that_a_caller_without_an_arn_passes():
    condition = {"ArnEqualsIfExists": {"aws:PrincipalArn": ROLE}}
    key(ACCOUNT, ONLY_THE_ROLE, ANY_PRINCIPAL_SIGNS | {"Condition": condition})


@CASES.bad("key", says="allows every principal")
def a_grant_by_the_account_alone():
    condition = {"StringEquals": {"kms:CallerAccount": "000000000000"}}
    key(ACCOUNT, ONLY_THE_ROLE, ANY_PRINCIPAL_SIGNS | {"Condition": condition})


@CASES.bad("key")
def deny_with_a_wildcard_exempts_everybody():
    anybody = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/*"}}
    key(ACCOUNT, ONLY_THE_ROLE | {"Condition": anybody})


@CASES.bad("key")
def deny_of_another_action():
    key(ACCOUNT, ONLY_THE_ROLE | {"Action": "kms:Verify"})


@CASES.bad("key")
def deny_the_wrong_way_round():
    key(ACCOUNT, ONLY_THE_ROLE | {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}})


@CASES.good
def account_that_may_not_sign():
    key(
        ACCOUNT | {"Action": ["kms:DescribeKey", "kms:PutKeyPolicy"]},
        ACCOUNT | {"Principal": {"AWS": ROLE}, "Action": "kms:Sign"},
    )


@CASES.ignored
def a_key_for_encryption():
    aws.kms.Key("key", enable_key_rotation=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
