"""Edge-optimized and private endpoints are refused."""

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases

CASES = Cases("apigateway-endpoint-is-regional")


@CASES.bad("api", "domain", says="not REGIONAL")
def at_the_edge():
    aws.apigateway.RestApi("api", endpoint_configuration={"types": "EDGE"})
    aws.apigateway.DomainName(
        "domain", domain_name="api.example.com", endpoint_configuration={"types": "EDGE"}
    )


@CASES.good
def in_the_region():
    aws.apigateway.RestApi("api", endpoint_configuration={"types": "REGIONAL"})
    aws.apigateway.DomainName(
        "domain", domain_name="api.example.com", endpoint_configuration={"types": "REGIONAL"}
    )


@CASES.bad("api", says="the default is edge-optimized")
def without_a_choice():
    aws.apigateway.RestApi("api")


@CASES.bad("api")
def private_beside_a_domain_with_mutual_tls():
    truststores.domain()
    aws.apigateway.RestApi("api", endpoint_configuration={"types": "PRIVATE"})


@CASES.passes(widened=False)
def private():
    aws.apigateway.RestApi("api", endpoint_configuration={"types": "PRIVATE"})


@CASES.ignored
def an_http_api_is_always_regional():
    aws.apigatewayv2.Api("api", protocol_type="HTTP")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
