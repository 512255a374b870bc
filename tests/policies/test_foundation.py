"""Beside a guarded API: what it stands on is judged, other roles, keys and functions are not.

Other resources are refused only what is dangerous everywhere, or what would reach the gates.
"""

import json

import pulumi
import pulumi_aws as aws

from tests.policies import apis, by_hand
from tests.policies.added_lines import parametrised, refusals_of, rules_that_refuse
from tests.policies.by_hand import KEY_POLICY
from tests.policies.in_process import refusals
from tests.policies.running import graph_of

WILDCARDS = "iam-policy-has-no-wildcards"
SIGNERS = "kms-signing-key-restricts-signers"
TRUST = "iam-role-trusts-named-principals"
KEYS = "arn:aws:kms:eu-central-1:000000000000:key/*"
AUTHORIZER_ROLE = "example-authorizer"
innocent = []
dangerous = []


def passes(line):
    innocent.append(line)
    return line


def refused_by(rule):
    def add(line):
        dangerous.append((rule, line))
        return line

    return add


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources} | more


def trusting(principal):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def role(name="site", principal=None):
    trust = trusting(principal or {"Service": "ecs-tasks.amazonaws.com"})
    return aws.iam.Role(name, name=name, assume_role_policy=trust)


def granted(*statements, of=None):
    aws.iam.RolePolicy("granted", role=of or role().name, policy=document(*statements))


@passes
def a_wildcard_of_another_service(_clean):
    granted(allow(["ecr:Get*", "ecr:BatchGetImage"]))


@passes
def every_action_on_a_bucket_of_its_own(_clean):
    granted(allow("s3:*", ["arn:aws:s3:::site", "arn:aws:s3:::site/*"]))


@passes
def reading_whatever_there_is(_clean):
    granted(allow(["lambda:List*", "lambda:Get*", "kms:DescribeKey", "s3:List*"]))


@passes
def a_policy_made_of_arns(_clean):
    bucket = aws.s3.Bucket("assets", bucket="assets")
    statement = allow("s3:GetObject", [pulumi.Output.concat(bucket.arn, "/*")])
    aws.iam.UserPolicy(
        "read",
        user=aws.iam.User("reader").name,
        policy=pulumi.Output.json_dumps({"Statement": [statement]}),
    )


@passes
def a_trust_policy_made_of_arns(_clean):
    principal = {"AWS": aws.iam.User("reader").arn}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    policy = pulumi.Output.json_dumps({"Statement": [statement]})
    aws.iam.Role("reads", assume_role_policy=policy)


@passes
def a_role_that_another_account_assumes(_clean):
    role(principal={"AWS": "arn:aws:iam::999999999999:role/monitor"})


@passes
def a_managed_policy_for_another_service(_clean):
    arn = "arn:aws:iam::aws:policy/AmazonECS_FullAccess"
    aws.iam.RolePolicyAttachment("managed", role=role().name, policy_arn=arn)


@passes
def a_function_with_its_own_role_and_without_a_log_group(_clean):
    aws.lambda_.Function("cron", name="cron", role=role().arn)


@passes
def a_permission_of_another_function(_clean):
    invoke = {"action": "lambda:InvokeFunction", "function": "cron"}
    aws.lambda_.Permission("cron", principal="events.amazonaws.com", **invoke)
    aws.lambda_.Permission("partner", principal="999999999999", **invoke)


@passes
def a_public_url_of_another_function(_clean):
    cron = aws.lambda_.Function("cron", name="cron", role=role().arn)
    aws.lambda_.FunctionUrl("url", function_name=cron.name, authorization_type="NONE")


@passes
def a_key_and_a_log_group_of_another_service(_clean):
    key = aws.kms.Key("data", description="Encrypts the site's data.")
    aws.cloudwatch.LogGroup("site", name="/ecs/site", kms_key_id=key.arn)


@passes
def a_key_that_signs_a_zone(_clean):
    signs = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]
    service = {"Service": "dnssec-route53.amazonaws.com"}
    key = aws.kms.Key(
        "zone",
        key_usage="SIGN_VERIFY",
        customer_master_key_spec="ECC_NIST_P256",
        policy=document(KEY_POLICY["Statement"][0], allow(signs, Principal=service)),
    )
    aws.route53.KeySigningKey(
        "zone", name="zone", hosted_zone_id="Z1", key_management_service_arn=key.arn
    )


def signing_key(name="documents", **changes):
    spec = {"key_usage": "SIGN_VERIFY", "customer_master_key_spec": "RSA_4096"}
    return aws.kms.Key(name, **(spec | changes))


@passes
def a_key_that_signs_something_else(_clean):
    key = signing_key()
    aws.kms.Alias("documents", name="alias/documents", target_key_id=key.key_id)
    signer = role("documents")
    granted(allow("kms:Sign", f"{KEYS[:-1]}documents"), of=signer.name)
    aws.lambda_.Function("documents", name="documents", role=signer.arn)


@passes
def a_key_whose_policy_lets_another_function_sign(_clean):
    signer = role("documents").name
    named = {"AWS": "arn:aws:iam::000000000000:role/documents"}
    account = {"AWS": "arn:aws:iam::000000000000:root"}
    statements = [allow("kms:*", Principal=account), allow("kms:Sign", Principal=named)]
    key = signing_key(policy=document(*statements))
    aws.kms.Grant("grant", key_id=key.id, grantee_principal=signer, operations=["Sign"])


@refused_by(SIGNERS)
def a_second_key_that_the_authorizer_s_role_may_use_by_its_alias(_clean):
    aws.kms.Alias("next", name="alias/example-signing", target_key_id=signing_key().key_id)


@refused_by(SIGNERS)
def a_second_key_in_the_environment_of_an_authorizer(_clean):
    key = signing_key()
    aws.lambda_.Function(
        "next", name="next", role=by_hand.ROLE, environment={"variables": {"KEY": key.key_id}}
    )
    uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":next/")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri), name="second")


@refused_by(SIGNERS)
def a_second_key_that_an_attached_policy_of_the_authorizer_s_role_names(_clean):
    aws.kms.Alias("next", name="alias/next", target_key_id=signing_key().key_id)
    narrowed = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/next"}}
    statement = allow("kms:Sign", KEYS, Condition=narrowed)
    policy = aws.iam.Policy("next", policy=document(statement))
    aws.iam.RolePolicyAttachment("next", role=AUTHORIZER_ROLE, policy_arn=policy.arn)


@refused_by(SIGNERS)
def a_second_key_with_a_grant_for_the_authorizer_s_role(_clean):
    aws.kms.Grant(
        "grant", key_id=signing_key().id, grantee_principal=by_hand.ROLE, operations=["Sign"]
    )


@refused_by(SIGNERS)
def a_second_key_whose_public_key_a_stage_publishes(clean):
    apis.stage_of(clean.api, "second", variables={"key": signing_key().key_id})


@refused_by(SIGNERS)
def a_second_key_that_every_principal_may_use(_clean):
    signing_key(policy=document(allow("kms:*", Principal="*")))


@passes
def a_public_key_for_everybody(clean):
    reads = allow(["kms:GetPublicKey", "kms:Verify"], Principal="*")
    policy = document(*KEY_POLICY["Statement"], reads)
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=policy)


@refused_by(WILDCARDS)
def a_wildcard_in_the_authorizer_s_role(_clean):
    granted(allow(["ecr:Get*"]), of=AUTHORIZER_ROLE)


@refused_by(WILDCARDS)
def a_policy_that_is_attached_to_the_authorizer_s_role(_clean):
    policy = aws.iam.Policy("broad", policy=document(allow("ecr:Get*")))
    aws.iam.RolePolicyAttachment("broad", role=AUTHORIZER_ROLE, policy_arn=policy.arn)


@refused_by(WILDCARDS)
def every_function_s_code(_clean):
    granted(allow("lambda:Update*"))


@refused_by(WILDCARDS)
def every_role_for_a_function(_clean):
    services = ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]
    granted(
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": services}}),
    )


@refused_by(WILDCARDS)
def every_role_for_whatever_service(_clean):
    granted(allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*"}}))


@refused_by(WILDCARDS)
def every_role_and_every_function(_clean):
    passed = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    granted(allow(["iam:PassRole", "lambda:InvokeFunction"], Condition=passed))


@refused_by(WILDCARDS)
def a_grant_for_whatever_principal(_clean):
    granted(allow("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "false"}}))


@refused_by(WILDCARDS)
def every_stage_s_web_acl(_clean):
    granted(allow(["wafv2:DisassociateWebACL", "apigateway:SetWebACL"]))


@refused_by(WILDCARDS)
def every_api(_clean):
    granted(allow("apigateway:*", "arn:aws:apigateway:*::/restapis/*"))


@refused_by(WILDCARDS)
def every_key(_clean):
    granted(allow("kms:S?gn", KEYS))


@refused_by(WILDCARDS)
def everything_but_one_service(_clean):
    granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})


@refused_by(WILDCARDS)
def everything_but_one_resource(_clean):
    granted({"Effect": "Allow", "Action": "kms:Sign", "NotResource": "arn:aws:s3:::site"})


@refused_by(WILDCARDS)
def administrator_access(_clean):
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam.RolePolicyAttachment("managed", role=role().name, policy_arn=arn)


def signing_by_alias(operator, value="alias/example-signing"):
    condition = {operator: {"kms:ResourceAliases": value}}
    granted(allow("kms:Sign", KEYS, Condition=condition), of=AUTHORIZER_ROLE)


@passes
def a_condition_that_names_the_alias(_clean):
    signing_by_alias("ForAnyValue:StringEquals")


@refused_by(WILDCARDS)
def a_condition_that_passes_without_an_alias(_clean):
    signing_by_alias("ForAllValues:StringEquals")


@refused_by(WILDCARDS)
def a_condition_that_passes_if_there_is_no_alias(_clean):
    signing_by_alias("StringEqualsIfExists")


@refused_by(WILDCARDS)
def a_condition_for_all_aliases_but_one(_clean):
    signing_by_alias("ForAnyValue:StringNotEquals")


@refused_by(WILDCARDS)
def a_condition_for_every_alias(_clean):
    signing_by_alias("ForAnyValue:StringLike", "*")


@refused_by(WILDCARDS)
def a_condition_that_there_is_an_alias(_clean):
    signing_by_alias("Null", "false")


def signer(principal, name="signer"):
    """A role that the key policy lets sign."""

    def line(clean):
        account, deny = KEY_POLICY["Statement"]
        role(name, principal)
        exempted = [by_hand.ROLE, f"arn:aws:iam::000000000000:role/{name}"]
        limited = deny | {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": exempted}}}
        aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=document(account, limited))

    return line


def test_a_document_of_the_authorizer_s_role_must_be_known_in_a_preview():
    def program():
        statement = allow("kms:Sign", by_hand.from_a_body().key.arn)
        policy = pulumi.Output.json_dumps({"Statement": [statement]})
        aws.iam.RolePolicy("granted", role=AUTHORIZER_ROLE, policy=policy)

    (message,) = [m for rule, m in refusals(graph_of(program, preview=True)) if rule == WILDCARDS]
    assert "granted: policy is not known before the update" in message


def test_a_document_that_is_a_mapping_keeps_its_arns_at_the_leaves():
    def line(clean):
        statement = allow("kms:Sign", clean.key.arn)
        aws.iam.RolePolicy("granted", role=AUTHORIZER_ROLE, policy={"Statement": [statement]})

    assert refusals_of(line) == set()


FOREIGN = {"AWS": "arn:aws:iam::999999999999:root"}


def test_a_signer_that_another_account_assumes_is_refused():
    assert refusals_of(signer(FOREIGN)) == {(TRUST, "signer")}


def test_a_signer_that_the_whole_account_or_a_provider_assumes_is_refused():
    own_account = {"AWS": "arn:aws:iam::000000000000:root"}
    assert refusals_of(signer(own_account)) == {(TRUST, "signer")}
    assert refusals_of(signer({"Federated": "accounts.google.com"})) == {(TRUST, "signer")}


def test_a_signer_that_a_service_or_a_role_of_the_stack_assumes_passes():
    assert refusals_of(signer({"Service": "lambda.amazonaws.com"})) == set()
    assert refusals_of(signer({"AWS": by_hand.ROLE})) == set()


def test_a_trusted_account_may_assume_a_signer():
    assert refusals_of(signer(FOREIGN), ("principals", "999999999999")) == set()


@parametrised(innocent)
def test_what_no_guarded_api_stands_on_passes(line):
    assert refusals_of(line) == set()


@parametrised([line for _, line in dangerous])
def test_what_reaches_the_gates_is_refused(line):
    (rule,) = [rule for rule, one in dangerous if one is line]
    assert rule in rules_that_refuse(line)
