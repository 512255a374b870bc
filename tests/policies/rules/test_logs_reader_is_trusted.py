"""Logs of a guarded API that go to another account are refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import acls, by_hand
from tests.policies.added_lines import rules_that_refuse
from tests.policies.cases import Cases
from tests.policies.test_gate_changers import OTHER, OWN

CASES = Cases("logs-reader-is-trusted")
ACCESS, AUTHORIZER = "access", "/aws/lambda/authorizer"


def place(account=OTHER, kind="logs", name="destination:central"):
    return f"arn:aws:{kind}:eu-central-1:{account}:{name}"


def subscribed(destination, group=AUTHORIZER):
    by_hand.from_a_body()
    aws.cloudwatch.LogSubscriptionFilter(
        "central", log_group=group, destination_arn=destination, filter_pattern=""
    )


@CASES.bad("central", says="neither this stack's nor trusted")
def to_another_account():
    subscribed(place())


@CASES.good
def to_a_stream_of_the_stack():
    subscribed(aws.kinesis.Stream("logs").arn)


@CASES.bad("central")
def the_access_log():
    subscribed(place(kind="kinesis", name="stream/logs"), ACCESS)


@CASES.bad("central")
def the_execution_log():
    subscribed(place(), "API-Gateway-Execution-Logs_api-id/stage")


@CASES.bad("central")
def by_a_destination_of_the_stack():
    target = place(kind="kinesis", name="stream/logs")
    destination = aws.cloudwatch.LogDestination("d", role_arn=by_hand.ROLE, target_arn=target)
    subscribed(destination.arn)


@CASES.bad("all")
def every_log_of_the_account():
    by_hand.from_a_body()
    aws.cloudwatch.LogAccountPolicy(
        "all",
        policy_name="all",
        policy_type="SUBSCRIPTION_FILTER_POLICY",
        policy_document=json.dumps({"DestinationArn": place(), "FilterPattern": ""}),
    )


@CASES.bad("link")
def a_link_of_cloudwatch():
    by_hand.from_a_body()
    aws.oam.Link(
        "link",
        label_template="$AccountName",
        resource_types=["AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"],
        sink_identifier=place(kind="oam", name="sink/1"),
    )


@CASES.bad("other-log")
def a_log_of_the_web_acl():
    by_hand.from_a_body()
    acls.logged(
        None,
        name="other-log",
        resource_arn=f"arn:aws:wafv2:eu-central-1:{OWN}:regional/webacl/acl/1",
        log_destination_configs=[place(kind="firehose", name="deliverystream/aws-waf-logs-x")],
    )


@CASES.good
def to_the_own_account():
    subscribed(place(OWN))


@CASES.ignored
def the_log_of_something_else():
    subscribed(place(), "/aws/lambda/newsletter")


@CASES.ignored
def metrics_alone():
    by_hand.from_a_body()
    aws.oam.Link(
        "link",
        label_template="$AccountName",
        resource_types=["AWS::CloudWatch::Metric"],
        sink_identifier=place(kind="oam", name="sink/1"),
    )


@CASES.ignored
def another_policy_of_the_account():
    by_hand.from_a_body()
    aws.cloudwatch.LogAccountPolicy(
        "all", policy_name="all", policy_type="DATA_PROTECTION_POLICY", policy_document="{}"
    )


@CASES.ignored
def a_program_without_a_guarded_api():
    aws.cloudwatch.LogSubscriptionFilter(
        "central", log_group=ACCESS, destination_arn=place(), filter_pattern=""
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


@pytest.mark.parametrize("name", [OTHER, place()], ids=["account", "destination"])
def test_a_trusted_account_may_receive_logs(name):
    def line(_clean):
        aws.cloudwatch.LogSubscriptionFilter(
            "central", log_group=AUTHORIZER, destination_arn=place(), filter_pattern=""
        )

    assert rules_that_refuse(line) == {CASES.rule}
    assert rules_that_refuse(line, ("principals", name)) == set()
