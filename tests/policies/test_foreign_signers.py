"""Only a role of the stack signs: a key policy is judged at the other end of each principal."""

import json

import pulumi_aws as aws

from tests.policies import by_hand
from tests.policies.added_lines import Lines, parametrised, rules_that_refuse

LINES = Lines("kms-signing-key-restricts-signers")
OWN = "arn:aws:iam::000000000000:"
FOREIGN = "arn:aws:iam::999999999999:"
ACCOUNT, DENY = by_hand.KEY_POLICY["Statement"]


def policy(clean, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=document)


def allow(principal, action="kms:Sign", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"} | more


def named(arn, **more):
    """An Allow for every principal that a condition limits to one caller."""
    return allow("*", Condition={"ArnEquals": {"aws:PrincipalArn": arn}}, **more)


def exempting(*arns, operator="ArnNotEquals", **more):
    return DENY | {"Condition": {operator: {"aws:PrincipalArn": list(arns)}}} | more


@LINES.refused
def a_role_of_another_account(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/signer"}))


@LINES.refused
def a_role_of_another_account_without_a_deny(clean):
    policy(clean, allow({"AWS": f"{FOREIGN}role/signer"}))


@LINES.refused
def a_role_of_another_account_with_the_name_of_an_own_one(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/example-authorizer"}))


@LINES.refused
def a_role_that_this_stack_does_not_declare(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{OWN}role/somebody"}))


@LINES.refused
def a_role_on_another_path(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{OWN}role/ci/example-authorizer"}))


@LINES.refused
def a_user(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{OWN}user/signer"}))


@LINES.refused
def a_foreign_role_among_others(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": [by_hand.ROLE, f"{FOREIGN}role/signer"]}))


@LINES.refused
def a_service(clean):
    policy(clean, ACCOUNT, DENY, allow({"Service": "lambda.amazonaws.com"}))


@LINES.refused
def a_service_with_every_action(clean):
    policy(clean, ACCOUNT, DENY, allow({"Service": "cloudformation.amazonaws.com"}, "kms:*"))


@LINES.refused
def an_identity_provider(clean):
    policy(clean, ACCOUNT, DENY, allow({"Federated": "accounts.google.com"}))


@LINES.refused
def the_root_of_another_account(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}root"}))


@LINES.refused
def another_account_by_its_id(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": "999999999999"}, "kms:Si*"))


@LINES.refused
def another_account_that_may_change_the_policy(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/admin"}, "kms:PutKeyPolicy"))


@LINES.refused
def another_account_that_may_give_grants(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/admin"}, "kms:CreateGrant"))


@LINES.refused
def a_caller_of_another_account_in_a_condition(clean):
    policy(clean, ACCOUNT, DENY, named(f"{FOREIGN}role/signer"))


@LINES.refused
def every_action_but_one_for_a_foreign_role(clean):
    statement = allow({"AWS": f"{FOREIGN}role/signer"})
    del statement["Action"]
    policy(clean, ACCOUNT, DENY, statement | {"NotAction": "kms:Decrypt"})


@LINES.refused
def a_deny_that_leaves_a_foreign_role_out(clean):
    policy(clean, ACCOUNT, exempting(by_hand.ROLE, f"{FOREIGN}role/signer"))


@LINES.refused
def a_deny_that_leaves_an_undeclared_role_out(clean):
    policy(clean, ACCOUNT, exempting(f"{OWN}role/break-glass"))


@LINES.refused
def a_deny_for_callers_without_an_arn_only(clean):
    condition = DENY["Condition"] | {"Null": {"aws:PrincipalArn": "true"}}
    policy(clean, ACCOUNT, DENY | {"Condition": condition})


@LINES.refused
def a_deny_that_names_one_caller_as_well(clean):
    condition = DENY["Condition"] | {"ArnEquals": {"aws:PrincipalArn": f"{OWN}role/other"}}
    policy(clean, ACCOUNT, DENY | {"Condition": condition})


@LINES.refused
def a_deny_for_another_key(clean):
    policy(clean, ACCOUNT, DENY | {"Resource": "arn:aws:kms:eu-central-1:000000000000:key/other"})


@LINES.refused
def a_grant_for_an_undeclared_role(clean):
    aws.kms.Grant(
        "grant", key_id=clean.key.id, grantee_principal=f"{OWN}role/other", operations=["Sign"]
    )


@LINES.passes
def the_authorizer_s_role_by_name(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": by_hand.ROLE}))


@LINES.passes
def a_session_of_the_authorizer_s_role(clean):
    session = "arn:aws:sts::000000000000:assumed-role/example-authorizer/authorizer"
    policy(clean, ACCOUNT, DENY, allow({"AWS": session}))


@LINES.passes
def the_authorizer_s_role_in_a_condition(clean):
    policy(clean, ACCOUNT, DENY, named(by_hand.ROLE))


@LINES.passes
def the_account_by_its_id(clean):
    policy(clean, allow({"AWS": "000000000000"}, "kms:*"), DENY)


@LINES.passes
def a_deny_with_like_and_without_a_wildcard(clean):
    policy(clean, ACCOUNT, exempting(by_hand.ROLE, operator="ArnNotLike"))


@LINES.passes
def a_deny_that_leaves_the_root_user_out(clean):
    policy(clean, ACCOUNT, exempting(by_hand.ROLE, f"{OWN}root"))


@LINES.passes
def a_foreign_role_that_verifies(clean):
    verify = ["kms:Verify", "kms:GetPublicKey", "kms:DescribeKey"]
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/backend"}, verify))


@LINES.passes
def an_administrator_of_the_account(clean):
    administer = ["kms:Create*", "kms:Put*", "kms:ScheduleKeyDeletion"]
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{OWN}role/administrator"}, administer))


@LINES.passes
def a_foreign_role_that_is_denied(clean):
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{FOREIGN}role/signer"}) | {"Effect": "Deny"})


@LINES.passes
def a_grant_for_the_authorizer_s_role_by_name(clean):
    aws.kms.Grant("grant", key_id=clean.key.id, grantee_principal=by_hand.ROLE, operations=["Sign"])


@LINES.passes
def a_role_on_its_own_path(clean):
    aws.iam.Role("ci", name="signer", path="/ci/", assume_role_policy=json.dumps(by_hand.TRUST))
    policy(clean, ACCOUNT, DENY, allow({"AWS": f"{OWN}role/ci/signer"}))


@parametrised(LINES.dangerous)
def test_a_foreign_signer_is_refused(line):
    assert LINES.rule in rules_that_refuse(line)


@parametrised(LINES.innocent)
def test_a_declared_signer_passes(line):
    assert rules_that_refuse(line) == set()


def test_a_trusted_role_may_sign():
    signer = f"{FOREIGN}role/signer"
    assert rules_that_refuse(a_role_of_another_account, ("principals", signer)) == set()


def test_a_trusted_account_may_be_written_as_its_root():
    trusted = ("principals", "999999999999")
    assert rules_that_refuse(the_root_of_another_account, trusted) == set()
    assert rules_that_refuse(a_role_of_another_account, trusted) == {LINES.rule}
