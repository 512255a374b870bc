"""The role of a certificate renewal: it signs with the one key that it names, and for the stack."""

import json

import pulumi_aws as aws

from tests.policies import by_hand
from tests.policies.added_lines import Lines, parametrised, rules_that_refuse

TRUSTS = Lines("iam-role-trusts-named-principals")
NAMES = Lines("iam-policy-has-no-wildcards")
CA_KEY = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"


def renewal(clean, *, resource=CA_KEY, action="kms:Sign", principal=None):
    """A function behind a route of the guarded API, which signs certificates."""
    trust = json.loads(json.dumps(by_hand.TRUST))
    if principal is not None:
        trust["Statement"][0]["Principal"] = principal
    role = aws.iam.Role("renewal", name="renewal", assume_role_policy=json.dumps(trust))
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    aws.iam.RolePolicy(
        "signs",
        role=role.name,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    function = aws.lambda_.Function("renewal", name="renewal", role=role.arn)
    aws.lambda_.Permission(
        "renewal",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=clean.api.execution_arn.apply(lambda arn: f"{arn}/example/POST/renewal"),
    )
    aws.apigateway.Integration(
        "renewal",
        rest_api=clean.api.id,
        resource_id="r",
        http_method="POST",
        type="AWS_PROXY",
        integration_http_method="POST",
        uri=function.invoke_arn,
    )


@NAMES.refused
def any_key_of_the_account(clean):
    renewal(clean, resource="arn:aws:kms:eu-central-1:000000000000:key/*")


@NAMES.refused
def every_resource(clean):
    renewal(clean, resource="*")


@NAMES.refused
def every_action_on_the_key(clean):
    renewal(clean, action="kms:*")


@TRUSTS.refused
def another_account_may_take_the_role(clean):
    renewal(clean, principal={"AWS": "arn:aws:iam::999999999999:root"})


@parametrised(NAMES.dangerous)
def test_a_right_to_sign_that_names_no_key_is_refused(line):
    assert NAMES.rule in rules_that_refuse(line)


@parametrised(TRUSTS.dangerous)
def test_foreign_trust_in_a_role_that_signs_is_refused(line):
    assert TRUSTS.rule in rules_that_refuse(line)


def test_the_declared_signer_passes_both_rules():
    assert not {NAMES.rule, TRUSTS.rule} & rules_that_refuse(renewal)
