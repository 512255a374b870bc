"""A public function URL is refused."""

import pulumi_aws as aws
import pytest

from tests.policies.cases import Cases

CASES = Cases("lambda-url-requires-iam")


@CASES.bad("url", says="authorizationType is not AWS_IAM")
def public():
    aws.lambda_.FunctionUrl("url", function_name="authorizer", authorization_type="NONE")


@CASES.good
def with_iam():
    aws.lambda_.FunctionUrl("url", function_name="authorizer", authorization_type="AWS_IAM")


@CASES.ignored
def a_function_without_a_url():
    aws.lambda_.Function("function", role="arn:aws:iam::000000000000:role/x")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
