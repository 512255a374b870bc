"""API Gateway's logging role: one per region, kept when the stack is destroyed."""

import json

import pulumi

from components.account_logging import account_logging
from components.arn import Place


def run(engine, place):
    return engine.run(
        lambda: account_logging(
            "api", place=place, parent=pulumi.ComponentResource("test:index:Parent", "parent")
        )
    )


def test_the_role_is_kept_and_has_no_name_that_a_later_stack_would_collide_with(engine, place):
    recorded = run(engine, place)
    role, account = recorded.one("Role"), recorded.one("Account")
    attachment = recorded.one("RolePolicyAttachment")
    assert all(r.flags.retain_on_delete for r in (role, account, attachment))
    assert "name" not in role.inputs
    assert account.inputs["cloudwatchRoleArn"] == role.outputs["arn"]


def test_only_api_gateway_assumes_the_role(engine, place):
    (trust,) = json.loads(run(engine, place).one("Role").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}


def test_the_managed_policy_is_of_the_stack_s_partition(engine):
    recorded = run(engine, Place(region="us-gov-west-1", account_id="111122223333"))
    policy = recorded.one("RolePolicyAttachment").inputs["policyArn"]
    assert policy == (
        "arn:aws-us-gov:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    )
