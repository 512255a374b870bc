"""Rights end at the stacks' own resources."""

from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from bootstrap.actions import actions_of
from bootstrap.ci_role import ROLE_NAME
from bootstrap.operations import OPERATIONS
from bootstrap.scopes import WITHOUT_RESOURCE, Scopes
from tests.bootstrap.conftest import PLACE

ACTIONS = sorted({action for type_ in OPERATIONS for action in actions_of(type_)})
# The property of a resource that its ARN ends with, the ARN, and an action on it.
NAMES = {
    "aws:iam/role:Role": ("name", PLACE.role("{}"), "iam:CreateRole"),
    "aws:lambda/function:Function": ("name", "function:{}", "lambda:CreateFunction"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "log-group:{}", "logs:CreateLogGroup"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", "alarm:{}", "cloudwatch:PutMetricAlarm"),
    "aws:cloudwatch/dashboard:Dashboard": (
        "dashboardName",
        f"arn:aws:cloudwatch::{PLACE.account_id}:dashboard/{{}}",
        "cloudwatch:PutDashboard",
    ),
    "aws:dynamodb/table:Table": ("name", "table/{}", "dynamodb:CreateTable"),
    "aws:sns/topic:Topic": ("name", "{}", "sns:CreateTopic"),
    "aws:kms/alias:Alias": ("name", "{}", "kms:CreateAlias"),
    "aws:wafv2/webAcl:WebAcl": ("name", "regional/webacl/{}/1", "wafv2:CreateWebACL"),
    "aws:wafv2/ipSet:IpSet": ("name", "regional/ipset/{}/1", "wafv2:CreateIPSet"),
}


def is_allowed(scopes, action, arn):
    return any(fnmatchcase(arn, p) for scope in scopes.of(action) for p in scope.resources)


@pytest.mark.parametrize("resource_type", NAMES)
def test_every_name_in_the_stacks_is_within_the_rights(scopes, resources, resource_type):
    key, form, action = NAMES[resource_type]
    named = [r for r in resources if r.type == resource_type]
    assert named
    for resource in named:
        name = resource.outputs[key]
        arn = form.format(name)
        if not arn.startswith("arn:"):
            service = action.partition(":")[0]
            arn = f"arn:aws:{service}:{PLACE.region}:{PLACE.account_id}:{arn}"
        assert is_allowed(scopes, action, arn), arn


def test_the_truststore_bucket_is_within_the_rights_and_others_are_not(scopes):
    own = f"arn:aws:s3:::portcullis-dev-truststore-{PLACE.account_id}"
    assert is_allowed(scopes, "s3:CreateBucket", own)
    assert is_allowed(scopes, "s3:PutObject", f"{own}/truststore.pem")
    assert not is_allowed(scopes, "s3:GetObject", "arn:aws:s3:::portcullis-backup/state.json")


def test_the_rights_are_on_names_with_the_stacks_prefix(scopes):
    orders = replace(scopes, name_prefix="orders")
    role, other = PLACE.role("orders-dev-authorizer"), PLACE.role("portcullis-dev-authorizer")
    assert is_allowed(orders, "iam:CreateRole", role)
    assert not is_allowed(orders, "iam:CreateRole", other)
    assert not is_allowed(orders, "iam:CreateRole", PLACE.role("orders2-dev-authorizer"))
    granted = {arn for a in ACTIONS for scope in orders.of(a) for arn in scope.resources}
    assert not [arn for arn in granted if "portcullis" in arn]


def test_the_role_cannot_change_itself(scopes):
    for action in (action for action in ACTIONS if action.startswith("iam:")):
        assert not is_allowed(scopes, action, PLACE.role(ROLE_NAME)), action


@pytest.mark.parametrize("action", ACTIONS)
def test_only_actions_without_a_resource_are_allowed_on_everything(scopes, action):
    for scope in scopes.of(action):
        if scope.resources == ("*",) and action not in WITHOUT_RESOURCE:
            assert scope.condition, action
        if scope.resources != ("*",):
            for arn in scope.resources:
                _, _, _, region, account, _ = arn.split(":", 5)
                assert "*" not in region + account, arn


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "acm:DeleteCertificate"])
def test_what_has_a_random_id_must_carry_the_stacks_tag(scopes, action):
    (scope,) = scopes.of(action)
    assert scope.condition == {"StringEquals": {"aws:ResourceTag/project": "portcullis"}}


def test_an_alias_needs_the_right_on_its_key_too(scopes):
    alias, key = scopes.of("kms:CreateAlias")
    assert alias.resources[0].endswith("alias/portcullis-*")
    assert key == scopes.of("kms:PutKeyPolicy")[0]


def test_roles_are_passed_to_the_services_of_the_program_only(scopes):
    (scope,) = scopes.of("iam:PassRole")
    services = scope.condition["StringEquals"]["iam:PassedToService"]
    assert services == ["apigateway.amazonaws.com", "lambda.amazonaws.com"]


def test_only_the_logging_policy_can_be_attached(scopes):
    (scope,) = scopes.of("iam:AttachRolePolicy")
    (arn,) = scope.condition["ArnEquals"].values()
    assert arn.endswith("/AmazonAPIGatewayPushToCloudWatchLogs")


def test_without_a_hosted_zone_there_is_no_right_on_dns():
    scopes = Scopes(PLACE, "", ("project", "portcullis"), "portcullis")
    assert [a for a in ACTIONS if a.startswith("route53:") and scopes.of(a)] == []
