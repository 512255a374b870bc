"""Who may invoke an authorizer, or change a gate of a guarded API, by a policy of the stack."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, by_hand, truststores
from tests.policies.added_lines import parametrised, rules_that_refuse

TRUST = "iam-role-trusts-named-principals"
WHOLE = "lambda-authorizer-is-self-contained"
WILDCARDS = "iam-policy-has-no-wildcards"
OWN, OTHER = "000000000000", "999999999999"
FUNCTION = f"arn:aws:lambda:eu-central-1:{OWN}:function:authorizer"
FOREIGN = {"AWS": f"arn:aws:iam::{OTHER}:root"}
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"
REFUSED, PASSES = [], []


def refused_by(rule):
    def add(line):
        REFUSED.append(pytest.param(rule, line, id=line.__name__))
        return line

    return add


def passes(line):
    PASSES.append(line)
    return line


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources} | more


def role(principal=FOREIGN, condition=None, **changes):
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    own = {"name": "partner", "assume_role_policy": document(trust)}
    return aws.iam.Role("partner", **own | changes)


def policy(*statements):
    return aws.iam.Policy("granted", name="granted", policy=document(*statements))


INVOKES = allow("lambda:InvokeFunction", FUNCTION)


@refused_by(TRUST)
def an_inline_policy_of_the_role(_clean):
    role(inline_policies=[{"name": "calls", "policy": document(INVOKES)}])


@refused_by(TRUST)
def an_attached_policy(_clean):
    aws.iam.RolePolicyAttachment("a", role=role().name, policy_arn=policy(INVOKES).arn)


@refused_by(TRUST)
def an_attached_policy_by_names(_clean):
    policy(INVOKES)
    role()
    arn = f"arn:aws:iam::{OWN}:policy/granted"
    aws.iam.RolePolicyAttachment("a", role="partner", policy_arn=arn)


@refused_by(TRUST)
def a_policy_among_the_role_s_managed_ones(_clean):
    role(managed_policy_arns=[policy(INVOKES).arn])


@refused_by(TRUST)
def a_policy_attached_to_several(_clean):
    aws.iam.PolicyAttachment("a", roles=[role().name], policy_arn=policy(INVOKES).arn)


@refused_by(TRUST)
def the_only_policies_of_a_role(_clean):
    arns = [policy(INVOKES).arn]
    aws.iam.RolePolicyAttachmentsExclusive("a", role_name=role().name, policy_arns=arns)


@refused_by(TRUST)
def a_url_of_the_authorizer(_clean):
    role(inline_policies=[{"name": "a", "policy": document(allow("lambda:*Url", FUNCTION))}])


@refused_by(WHOLE)
def a_user_that_invokes(_clean):
    aws.iam.UserPolicy("u", user=aws.iam.User("u").name, policy=document(INVOKES))


@refused_by(WHOLE)
def a_user_of_another_stack_that_invokes(_clean):
    aws.iam.UserPolicy("u", user="alice", policy=document(INVOKES))


@refused_by(WHOLE)
def a_group_that_invokes(_clean):
    aws.iam.GroupPolicy("g", group=aws.iam.Group("g").name, policy=document(INVOKES))


@refused_by(WHOLE)
def a_policy_attached_to_a_user(_clean):
    aws.iam.UserPolicyAttachment("u", user="alice", policy_arn=policy(INVOKES).arn)


@refused_by(WHOLE)
def a_policy_attached_to_a_group(_clean):
    aws.iam.PolicyAttachment("g", groups=["developers"], policy_arn=policy(INVOKES).arn)


@refused_by(WHOLE)
def an_event_source_of_another_account(clean):
    source = f"arn:aws:sqs:eu-central-1:{OTHER}:mint"
    aws.lambda_.EventSourceMapping("e", event_source_arn=source, function_name=clean.function.arn)


@refused_by(WHOLE)
def an_event_source_by_the_function_s_name(_clean):
    source = aws.sqs.Queue("mint").arn
    aws.lambda_.EventSourceMapping("e", event_source_arn=source, function_name="authorizer")


@refused_by(WHOLE)
def an_event_source_of_an_alias(clean):
    alias = aws.lambda_.Alias(
        "live",
        name="live",
        function_name=clean.function.name,
        function_version=clean.function.version,
    )
    source = aws.sqs.Queue("mint").arn
    aws.lambda_.EventSourceMapping("e", event_source_arn=source, function_name=alias.arn)


@refused_by(WHOLE)
def a_url_for_iam(clean):
    aws.lambda_.FunctionUrl("u", function_name=clean.function.name, authorization_type="AWS_IAM")


ACL = f"arn:aws:wafv2:eu-central-1:{OWN}:regional/webacl"
GATES = {
    "code": ("lambda:UpdateFunctionCode", FUNCTION),
    "configuration": ("lambda:UpdateFunctionConfiguration", f"{FUNCTION}:live"),
    "alias": ("lambda:Update*", FUNCTION.replace("authorizer", "auth*")),
    "permission": ("lambda:AddPermission", FUNCTION),
    "destination": ("lambda:PutFunctionEventInvokeConfig", FUNCTION),
    "passed role": ("iam:PassRole", by_hand.ROLE),
    "role policy": ("iam:Put*", by_hand.ROLE),
    "trust policy": ("iam:UpdateAssumeRolePolicy", by_hand.ROLE),
    "domain": ("apigateway:PATCH", "arn:aws:apigateway:eu-central-1::/domainnames/api.example.com"),
    "every API": ("apigateway:PUT", "arn:aws:apigateway:eu-central-1::/restapis/*"),
    "truststore": ("s3:PutObject", f"arn:aws:s3:::{truststores.NAME}/ca.pem"),
    "truststores": ("s3:Put*", f"arn:aws:s3:::{truststores.NAME}*"),
    "web ACL": ("wafv2:UpdateWebACL", f"{ACL}/more/1"),
    "IP set": ("wafv2:UpdateIPSet", f"arn:aws:wafv2:eu-central-1:{OWN}:*/ipset/partners/*"),
    "web ACL of a stage": ("wafv2:AssociateWebACL", f"{ACL}/more/1"),
    "log of a web ACL": ("wafv2:DeleteLoggingConfiguration", f"{ACL}/more/1"),
    "replica": ("s3:ReplicateObject", f"arn:aws:s3:::{truststores.NAME}/*"),
    "policy of the authorizer's role": (
        "iam:CreatePolicyVersion",
        f"arn:aws:iam::{OWN}:policy/of-authorizer",
    ),
    "alias of the signing key": (
        "kms:UpdateAlias",
        f"arn:aws:kms:eu-central-1:{OWN}:alias/signing",
    ),
    "policy of the registry": (
        "dynamodb:PutResourcePolicy",
        f"arn:aws:dynamodb:eu-central-1:{OWN}:table/clients",
    ),
    "registry": ("dynamodb:PutItem", f"arn:aws:dynamodb:eu-central-1:{OWN}:table/clients"),
}


def registry(clean):
    """A further authorizer with a table, and guards with known names."""
    aws.kms.Alias("signing-alias", name="alias/signing", target_key_id=clean.key.key_id)
    reads = document(allow("s3:GetObject", "arn:aws:s3:::assets/settings"))
    own = aws.iam.Policy("own", name="of-authorizer", policy=reads)
    role_name = by_hand.ROLE.rpartition("/")[2]
    aws.iam.RolePolicyAttachment("own", role=role_name, policy_arn=own.arn)
    table = aws.dynamodb.Table("clients", name="clients", hash_key="id", attributes=[])
    aws.cloudwatch.LogGroup("next-log", name="/aws/lambda/next", retention_in_days=30)
    function = aws.lambda_.Function(
        "next", name="next", role=by_hand.ROLE, environment={"variables": {"T": table.name}}
    )
    aws.apigateway.Authorizer(
        "next",
        rest_api=clean.api.id,
        type="REQUEST",
        authorizer_uri=function.invoke_arn,
        authorizer_result_ttl_in_seconds=0,
    )
    addresses = aws.wafv2.IpSet(
        "named",
        name="partners",
        scope="REGIONAL",
        ip_address_version="IPV4",
        addresses=["203.0.113.0/24"],
    )
    acl = aws.wafv2.WebAcl(
        "named",
        name="more",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=acls.VISIBILITY,
        rules=[acls.outside(addresses), acls.rate(), *acls.all_managed()],
    )
    acls.logged(acl, name="named-log")


def changer(gate, **trust):
    def line(clean):
        registry(clean)
        aws.iam.RolePolicy("p", role=role(**trust).name, policy=document(allow(*GATES[gate])))

    return line


def by_github(*subjects, operator="StringLike"):
    condition = {operator: {"token.actions.githubusercontent.com:sub": list(subjects)}}
    return {"principal": {"Federated": GITHUB}, "condition": condition}


@refused_by(WHOLE)
def a_table_s_policy_by_the_text_of_its_arn(clean):
    registry(clean)
    everybody = allow("dynamodb:PutItem", Principal="*")
    arn = GATES["registry"][1]
    aws.dynamodb.ResourcePolicy("shared", resource_arn=arn, policy=document(everybody))


@passes
def a_deployer_of_one_branch(clean):
    changer("code", **by_github("repo:acme/shop:ref:refs/heads/main"))(clean)


@passes
def a_deployer_of_one_repository(clean):
    changer("role policy", **by_github("repo:acme/shop:*"))(clean)


@passes
def an_operator_of_the_account(clean):
    principal = {"AWS": f"arn:aws:iam::{OWN}:role/operators"}
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    changer("IP set", principal=principal, condition=mfa)(clean)


@passes
def a_pipeline_of_the_stack(clean):
    changer("code", principal={"Service": "codebuild.amazonaws.com"})(clean)


@passes
def a_partner_that_calls_an_api_and_reads_logs(clean):
    """By outputs: the document is not known before the update."""
    execute = pulumi.Output.concat(clean.api.execution_arn, "/*/GET/pets")
    text = pulumi.Output.json_dumps({"Statement": [allow("execute-api:Invoke", execute)]})
    aws.iam.RolePolicy("p", role=role().name, policy=text)


@passes
def a_partner_that_reads_the_gates(clean):
    registry(clean)
    reads = [
        allow(["lambda:GetFunction", "lambda:List*"], FUNCTION),
        allow("apigateway:GET", "arn:aws:apigateway:eu-central-1::/restapis/*"),
        allow("s3:GetObject", f"arn:aws:s3:::{truststores.NAME}/*"),
        allow(["wafv2:Get*"], GATES["web ACL"][1]),
        allow(["dynamodb:GetItem", "dynamodb:Query"], GATES["registry"][1]),
    ]
    aws.iam.RolePolicy("p", role=role().name, policy=document(*reads))


@passes
def a_partner_that_writes_to_a_bucket_of_its_own(_clean):
    aws.iam.RolePolicy(
        "p", role=role().name, policy=document(allow("s3:PutObject", "arn:aws:s3:::uploads/*"))
    )


@passes
def a_user_that_invokes_another_function(_clean):
    orders = FUNCTION.replace("authorizer", "orders")
    aws.iam.UserPolicy("u", user="alice", policy=document(allow("lambda:InvokeFunction", orders)))


@passes
def a_user_that_deploys_the_authorizer(_clean):
    aws.iam.UserPolicy(
        "u", user="ci", policy=document(allow("lambda:UpdateFunctionCode", FUNCTION))
    )


@passes
def an_event_source_of_another_function(_clean):
    worker = aws.lambda_.Function("worker", name="worker", role=by_hand.ROLE)
    aws.cloudwatch.LogGroup("worker-log", name="/aws/lambda/worker", retention_in_days=30)
    source = aws.sqs.Queue("jobs").arn
    aws.lambda_.EventSourceMapping("e", event_source_arn=source, function_name=worker.name)
    aws.lambda_.FunctionUrl("u", function_name=worker.name, authorization_type="AWS_IAM")


@pytest.mark.parametrize(("rule", "line"), REFUSED)
def test_whoever_may_invoke_an_authorizer_is_declared(rule, line):
    assert rule in rules_that_refuse(line)


@parametrised(PASSES)
def test_an_innocent_line_passes(line):
    assert rules_that_refuse(line) == set()


@pytest.mark.parametrize("gate", GATES)
def test_another_account_must_not_change_a_gate(gate):
    assert TRUST in rules_that_refuse(changer(gate))


def test_another_account_that_is_trusted_may_change_a_gate():
    assert rules_that_refuse(changer("code"), ("principals", OTHER)) == set()


@pytest.mark.parametrize(
    "trust",
    [
        by_github("repo:*"),
        by_github("repo:acme/shop:*", operator="StringNotLike"),
        by_github("repo:acme/shop:*", operator="StringLikeIfExists"),
        {"principal": {"Federated": GITHUB}},
    ],
    ids=["every repository", "all but one", "if there is one", "no condition"],
)
def test_an_identity_provider_must_name_who_may_change_a_gate(trust):
    assert TRUST in rules_that_refuse(changer("code", **trust))


@pytest.mark.parametrize("is_authorizer", [False, True], ids=["a task", "the authorizer"])
@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:apigateway:eu-central-1::/restapis/*",
        "arn:aws:apigateway:eu-central-1::/domainnames/*",
        f"arn:aws:wafv2:eu-central-1:{OWN}:regional/webacl/*/*",
        f"arn:aws:wafv2:eu-central-1:{OWN}:regional/ipset/*",
    ],
)
def test_every_api_or_web_acl_is_a_wildcard(arn, is_authorizer):
    def line(_clean):
        task = role(principal={"Service": "ecs-tasks.amazonaws.com"})
        actions = ["apigateway:PATCH", "wafv2:UpdateWebACL", "wafv2:UpdateIPSet"]
        name = by_hand.ROLE.rpartition("/")[2] if is_authorizer else task.name
        aws.iam.RolePolicy("p", role=name, policy=document(allow(actions, arn)))

    assert WILDCARDS in rules_that_refuse(line)
