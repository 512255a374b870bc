"""A merging or lenient import is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-api-import-is-exact")


@CASES.bad("api", says="putRestApiMode is not overwrite")
def merged():
    aws.apigateway.RestApi(
        "api", body=json.dumps(apis.BODY), fail_on_warnings=True, put_rest_api_mode="merge"
    )


@CASES.good
def overwritten():
    aws.apigateway.RestApi(
        "api", body=json.dumps(apis.BODY), fail_on_warnings=True, put_rest_api_mode="overwrite"
    )


@CASES.bad("api", says="failOnWarnings is not true")
def lenient():
    aws.apigateway.RestApi("api", body=json.dumps(apis.BODY))


@CASES.good
def overwriting_is_the_default():
    aws.apigateway.RestApi("api", body=json.dumps(apis.BODY), fail_on_warnings=True)


@CASES.ignored
def an_api_without_a_document():
    aws.apigateway.RestApi("api")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
