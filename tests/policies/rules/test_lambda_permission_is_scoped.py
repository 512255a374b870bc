"""A permission that anybody's API may use is refused."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("lambda-permission-is-scoped")


@CASES.bad("permission", says="sourceArn is missing")
def any_api_of_any_account():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="authorizer",
        principal="apigateway.amazonaws.com",
    )


@CASES.good
def authorizers_of_one_api():
    api = aws.apigateway.RestApi("api")
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="authorizer",
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/authorizers/*"),
    )


@CASES.bad("permission", says="principal is a wildcard")
def everybody():
    aws.lambda_.Permission(
        "permission", action="lambda:InvokeFunction", function="authorizer", principal="*"
    )


@CASES.bad("permission", says="must be limited to the authorizers")
def every_api_of_the_account():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="authorizer",
        principal="apigateway.amazonaws.com",
        source_arn="arn:aws:execute-api:eu-central-1:000000000000:*/authorizers/*",
    )


@CASES.bad("permission")
def everything_of_one_api():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="authorizer",
        principal="apigateway.amazonaws.com",
        source_arn="arn:aws:execute-api:eu-central-1:000000000000:abc123/*",
    )


@CASES.bad("permission")
def star():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="authorizer",
        principal="apigateway.amazonaws.com",
        source_arn="*",
    )


@CASES.good
def one_method():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="pets",
        principal="apigateway.amazonaws.com",
        source_arn="arn:aws:execute-api:eu-central-1:000000000000:abc123/live/GET/pets",
    )


@CASES.passes(widened=False)
def another_service():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="cron",
        principal="events.amazonaws.com",
    )


@CASES.ignored
def another_service_and_its_rule():
    aws.lambda_.Permission(
        "permission",
        action="lambda:InvokeFunction",
        function="cron",
        principal="events.amazonaws.com",
        source_arn="arn:aws:events:eu-central-1:000000000000:rule/nightly",
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_source_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def computed():
        bucket = aws.s3.Bucket("assets", bucket="assets")
        aws.lambda_.Permission(
            "permission",
            action="lambda:InvokeFunction",
            function="authorizer",
            principal="apigateway.amazonaws.com",
            source_arn=bucket.arn,
        )

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "sourceArn does not refer to an API of this stack" in violation.message
