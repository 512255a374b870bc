"""CloudFront or AppSync before the backend of a guarded API is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import by_hand
from tests.policies.cases import Cases
from tests.policies.test_further_kinds import distribution, graph

CASES = Cases("apigateway-backend-has-no-other-front")


@CASES.bad("second", says="origins leads to what a guarded API calls")
def a_distribution_before_the_backend():
    by_hand.from_a_body()
    distribution("backend.example.com")(None)


@CASES.good
def a_distribution_before_a_site():
    by_hand.from_a_body()
    distribution("www.example.net")(None)


@CASES.bad("second")
def a_data_source_before_the_function_of_a_route():
    clean = by_hand.from_a_body()
    function = aws.lambda_.Function("pets", name="pets", role=by_hand.ROLE)
    place = {"rest_api": clean.api.id, "resource_id": "pets", "http_method": "GET"}
    aws.apigateway.Integration("pets", **place, type="AWS_PROXY", uri=function.invoke_arn)
    graph(type="AWS_LAMBDA", lambda_config={"function_arn": function.arn})(None)


@CASES.ignored
def a_program_without_a_guarded_api():
    distribution("backend.example.com")(None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
