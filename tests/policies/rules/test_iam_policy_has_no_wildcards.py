"""A policy that grants more than it names is refused."""

import json
from dataclasses import replace

import pulumi
import pulumi_aws as aws
import pytest

from portcullis.graph.resource import UNKNOWN
from tests.policies import truststores
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("iam-policy-has-no-wildcards")


@CASES.bad("sign", says="Statement[0].Action contains a wildcard")
def every_action():
    aws.iam.RolePolicy(
        "sign",
        role="authorizer",
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}],
            }
        ),
    )


@CASES.good
def one_action_on_one_key():
    aws.iam.RolePolicy(
        "sign",
        role="authorizer",
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "kms:Sign",
                        "Resource": "arn:aws:kms:eu-central-1:000000000000:key/1234",
                    }
                ],
            }
        ),
    )


def policy(**statement):
    aws.iam.RolePolicy(
        "sign",
        role="authorizer",
        policy=json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow"} | statement}),
    )


@CASES.bad("sign", says="Statement.Resource must name a specific resource")
def every_resource():
    policy(Action="kms:Sign", Resource="*")


@CASES.bad("sign")
def every_key():
    policy(Action="kms:Sign", Resource="arn:aws:kms:eu-central-1:000000000000:key/*")


@CASES.bad("sign")
def every_region():
    policy(Action="kms:Sign", Resource="arn:aws:kms:*:000000000000:key/1234")


@CASES.bad("sign")
def every_bucket():
    policy(Action="s3:GetObject", Resource=["arn:aws:s3:::*"])


@CASES.bad("sign", says="NotAction allows everything")
def all_but_one_action():
    policy(NotAction="iam:DeleteUser", Resource="arn:aws:s3:::one")


@CASES.bad("sign")
def all_but_one_resource():
    policy(Action="s3:GetObject", NotResource="arn:aws:s3:::one")


@CASES.bad("role", says="inlinePolicies")
def inline_in_the_role():
    document = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws.iam.Role(
        "role",
        assume_role_policy=json.dumps({"Statement": []}),
        inline_policies=[{"name": "all", "policy": json.dumps(document)}],
    )


@CASES.bad("attachment", "role", says="managed policy with administrator")
def administrators_policy():
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam.Role(
        "role",
        assume_role_policy=json.dumps({"Statement": []}),
        managed_policy_arns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
    )
    aws.iam.RolePolicyAttachment("attachment", role="authorizer", policy_arn=arn)


@CASES.good
def key_narrowed_by_its_alias():
    policy(
        Action="kms:Sign",
        Resource="arn:aws:kms:eu-central-1:000000000000:key/*",
        Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/signing"]}},
    )


@CASES.bad("sign")
def a_condition_does_not_excuse_every_account():
    policy(
        Action="kms:Sign",
        Resource="*",
        Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/signing"]}},
    )


@CASES.good
def first_tags_of_what_has_none_of_another_owner():
    policy(
        Action="kms:TagResource",
        Resource="arn:aws:kms:eu-central-1:000000000000:key/*",
        Condition={"StringEqualsIfExists": {"aws:ResourceTag/project": "orders"}},
    )


@CASES.bad("sign")
def another_action_on_what_has_no_tag():
    policy(
        Action="kms:Sign",
        Resource="arn:aws:kms:eu-central-1:000000000000:key/*",
        Condition={"StringEqualsIfExists": {"aws:ResourceTag/project": "orders"}},
    )


@CASES.good
def actions_without_a_resource():
    policy(Action=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource="*")


@CASES.good
def actions_on_what_has_no_name_yet():
    policy(Action=["kms:CreateKey", "logs:CreateLogDelivery", "route53:GetChange"], Resource="*")


@CASES.bad("sign")
def one_action_with_a_resource_among_others():
    policy(Action=["kms:CreateKey", "kms:ScheduleKeyDeletion"], Resource="*")


@CASES.good
def everything_inside_one_named_thing():
    policy(
        Action=["s3:GetObject", "logs:PutLogEvents", "execute-api:Invoke"],
        Resource=[
            "arn:aws:s3:::one/*",
            "arn:aws:logs:eu-central-1:000000000000:log-group:/aws/lambda/x:log-stream:*",
            "arn:aws:execute-api:eu-central-1:000000000000:abc123/*",
        ],
    )


@CASES.good
def managed_policy_of_a_service():
    role = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    aws.iam.RolePolicyAttachment("attachment", role="logging", policy_arn=role)


@CASES.good
def policy_of_this_stack():
    document = {
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/b"}]
    }
    read = aws.iam.Policy("read", policy=json.dumps(document))
    aws.iam.RolePolicyAttachment("attachment", role="authorizer", policy_arn=read.arn)


@CASES.ignored
def denying_everything_is_fine():
    policy(Effect="Deny", Action="*", Resource="*")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def computed():
    key = aws.kms.Key("key", enable_key_rotation=True)
    document = {"Statement": [{"Effect": "Allow", "Action": "kms:Sign", "Resource": key.arn}]}
    aws.iam.RolePolicy("sign", role="x", policy=pulumi.Output.json_dumps(document))


def test_beside_a_guarded_api_a_policy_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def program():
        truststores.domain()
        computed()

    verdict = pack.judge(graph_of(program, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "policy is not known before the update" in violation.message


def test_without_a_guarded_api_such_a_policy_is_left_alone(judged):
    assert CASES.rule not in {v.rule for v in judged(computed, widened=False)}


@pytest.mark.parametrize(
    ("action", "resource", "refused"),
    [
        ("s3:GetObject", [UNKNOWN], 0),
        ("s3:GetObject", [UNKNOWN, "*"], 1),
        ("s3:*", [UNKNOWN], 1),
    ],
)
def test_a_mapping_with_a_computed_arn_is_judged_by_its_literal_parts(
    pack, action, resource, refused
):
    """Other languages' programs hand one over; Python's SDK turns it into an error."""
    graph = graph_of(computed, preview=True)
    (policy_,) = graph.of_type("aws:iam/rolePolicy:RolePolicy")
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    mapping = {"role": "x", "policy": {"Statement": [statement]}}
    given = replace(policy_, inputs=mapping, outputs=mapping)
    changed = replace(graph, resources=tuple(given if r is policy_ else r for r in graph))
    found = [v for v in pack.judge(changed, preview=True).violations if v.rule == CASES.rule]
    assert len(found) == refused
