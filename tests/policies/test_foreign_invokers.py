"""Who may invoke a function that a guarded API calls is declared in the stack."""

import pulumi
import pulumi_aws as aws

from tests.policies import apis, by_hand
from tests.policies.added_lines import Lines, parametrised, rules_that_refuse

LINES = Lines("lambda-permission-is-scoped")
EXECUTION = "arn:aws:execute-api:eu-central-1"
FOREIGN_API = f"{EXECUTION}:999999999999:abcdef1234/authorizers/guard"
OWN_ACCOUNTS_API = f"{EXECUTION}:000000000000:abcdef1234/authorizers/guard"


def permission(clean, **changes):
    aws.lambda_.Permission(
        "second",
        **{
            "statement_id": "second",
            "action": "lambda:InvokeFunction",
            "function": clean.function.name,
            "principal": "apigateway.amazonaws.com",
        }
        | changes,
    )


def own_source(clean):
    return pulumi.Output.concat(clean.api.execution_arn, "/authorizers/*")


@LINES.refused
def an_api_of_another_account(clean):
    permission(clean, source_arn=FOREIGN_API)


@LINES.refused
def another_api_of_the_account(clean):
    permission(clean, source_arn=OWN_ACCOUNTS_API)


@LINES.refused
def one_method_of_another_api(clean):
    permission(clean, source_arn=f"{EXECUTION}:000000000000:abcdef1234/live/GET/pets")


@LINES.refused
def another_api_for_the_function_by_name(clean):
    permission(clean, function="authorizer", source_arn=OWN_ACCOUNTS_API)


@LINES.refused
def another_api_for_the_function_by_arn(clean):
    arn = "arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live"
    permission(clean, function=arn, source_arn=OWN_ACCOUNTS_API)


@LINES.refused
def another_api_for_an_alias_of_the_function(clean):
    alias = aws.lambda_.Alias(
        "live", name="live", function_name=clean.function.name, function_version="1"
    )
    permission(clean, function=alias.arn, source_arn=OWN_ACCOUNTS_API)


@LINES.refused
def a_service_for_another_account(clean):
    permission(clean, principal="events.amazonaws.com", source_account="999999999999")


@LINES.refused
def a_service_for_a_source_of_another_account(clean):
    source = "arn:aws:events:eu-central-1:999999999999:rule/mint"
    permission(clean, principal="events.amazonaws.com", source_arn=source)


@LINES.refused
def a_bucket_of_another_account(clean):
    permission(
        clean,
        principal="s3.amazonaws.com",
        source_arn="arn:aws:s3:::uploads",
        source_account="999999999999",
    )


@LINES.refused
def every_action_beside_a_narrow_source(clean):
    permission(clean, action="lambda:*", source_arn=own_source(clean))


@LINES.refused
def a_wildcard_inside_the_action(clean):
    permission(clean, action="lambda:Invoke*", source_arn=own_source(clean))


@LINES.refused
def every_action_for_a_role_of_this_stack(clean):
    permission(clean, action="lambda:*", principal=by_hand.ROLE)


@LINES.refused
def an_api_that_may_replace_the_code(clean):
    permission(clean, action="lambda:UpdateFunctionCode", source_arn=own_source(clean))


@LINES.refused
def another_account(clean):
    permission(clean, principal="999999999999")


@LINES.refused
def a_role_of_another_account(clean):
    permission(clean, principal="arn:aws:iam::999999999999:role/example-authorizer")


@LINES.refused
def a_role_that_this_stack_does_not_declare(clean):
    permission(clean, principal="arn:aws:iam::000000000000:role/somebody")


@LINES.passes
def the_authorizers_of_the_api(clean):
    permission(clean, source_arn=own_source(clean))


@LINES.passes
def a_role_of_this_stack_by_name(clean):
    permission(clean, principal=by_hand.ROLE)


@LINES.passes
def a_service_for_the_own_account(clean):
    permission(clean, principal="events.amazonaws.com", source_account="000000000000")


@LINES.passes
def a_bucket_of_the_own_account(clean):
    permission(
        clean,
        principal="s3.amazonaws.com",
        source_arn="arn:aws:s3:::uploads",
        source_account="000000000000",
    )


@LINES.passes
def a_foreign_api_and_a_function_that_no_api_calls(clean):
    aws.cloudwatch.LogGroup("report-log", name="/aws/lambda/report", retention_in_days=30)
    report = aws.lambda_.Function("report", name="report", role=by_hand.ROLE)
    permission(clean, function=report.name, source_arn=OWN_ACCOUNTS_API)


@parametrised(LINES.dangerous)
def test_a_foreign_caller_is_refused(line):
    assert LINES.rule in rules_that_refuse(line)


@parametrised(LINES.innocent)
def test_a_declared_caller_passes(line):
    assert rules_that_refuse(line) == set()


def test_a_function_behind_a_route_is_no_way_around_the_gates():
    """The backend of a guarded route must not answer another API either."""

    def line(clean):
        aws.lambda_.Function("pets", name="pets", role=by_hand.ROLE)
        uri = apis.AUTHORIZER_URI.replace("function:authorizer", "function:pets")
        apis.rest_api(
            (f"{apis.PROXY} type", "aws_proxy"), (f"{apis.PROXY} uri", uri), name="second"
        )
        permission(clean, function="pets", source_arn=OWN_ACCOUNTS_API)

    assert LINES.rule in rules_that_refuse(line)


def test_a_trusted_api_may_invoke():
    assert rules_that_refuse(an_api_of_another_account, ("restApis", "abcdef1234")) == set()


def a_bucket_without_an_account(clean):
    permission(clean, principal="s3.amazonaws.com", source_arn="arn:aws:s3:::uploads")


def test_a_trusted_bucket_may_be_a_source():
    assert rules_that_refuse(a_bucket_without_an_account) == {LINES.rule}
    assert rules_that_refuse(a_bucket_without_an_account, ("buckets", "uploads")) == set()


def test_a_source_that_is_not_known_is_refused():
    def line(clean):
        source = pulumi.Output.from_input("rule/mint").apply(
            lambda name: f"arn:aws:events:eu-central-1:999999999999:{name}"
        )
        permission(clean, principal="events.amazonaws.com", source_arn=source)

    assert LINES.rule in rules_that_refuse(line)


def test_a_trusted_account_may_be_a_source():
    trusted = ("principals", "999999999999")
    assert rules_that_refuse(a_service_for_a_source_of_another_account, trusted) == set()
    assert rules_that_refuse(a_service_for_another_account, trusted) == set()
