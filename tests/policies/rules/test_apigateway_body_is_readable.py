"""An OpenAPI document that no rule can read is refused, by this rule only."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis, by_hand
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("apigateway-body-is-readable")


@CASES.bad("api", says="refers to another document")
def path_that_is_written_elsewhere():
    apis.rest_api(("paths /orders", {"$ref": "https://example.com/orders.json"}))


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def body_that_is_neither():
    aws.apigateway.RestApi("api", body="{openapi: [")


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def body_with_a_key_given_twice():
    twice = json.dumps(apis.BODY).replace('"security":', '"security": [], "security":')
    aws.apigateway.RestApi("api", body=twice)


@CASES.bad("api", says="not a valid OpenAPI document in JSON or YAML")
def yaml_with_a_key_given_twice():
    twice = "openapi: 3.0.1\npaths:\n  /pets:\n    get: {security: []}\n    get: {security: []}\n"
    aws.apigateway.RestApi("api", body=twice)


@CASES.bad("api", says="'nobody' of the OpenAPI document is not declared")
def scheme_that_is_not_declared():
    apis.rest_api((f"{apis.OPERATION} security", [{"nobody": []}]))


@CASES.good
def whole():
    apis.rest_api()


@CASES.ignored
def methods_of_their_own():
    apis.method_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_body_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def computed():
        function = aws.lambda_.Function("authorizer", role="arn:aws:iam::000000000000:role/x")
        body = pulumi.Output.json_dumps(apis.body((f"{apis.AUTHORIZER} authorizerUri", "…")))
        aws.apigateway.RestApi(
            "api", body=pulumi.Output.all(body, function.invoke_arn).apply(lambda both: both[0])
        )

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "body is not known before the update" in violation.message


def test_an_unknown_body_is_one_violation(pack):
    def computed():
        clean = by_hand.from_a_body()
        body = clean.function.invoke_arn.apply(lambda _: json.dumps(apis.BODY))
        aws.apigateway.RestApi(
            "second",
            body=body,
            disable_execute_api_endpoint=True,
            endpoint_configuration={"types": "REGIONAL"},
            fail_on_warnings=True,
        )

    violations = pack.judge(graph_of(computed, preview=True), preview=True).violations
    assert [v.rule for v in violations] == [CASES.rule]
