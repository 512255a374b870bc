"""A cache key without the client certificate is refused."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.cases import Cases

CASES = Cases("apigateway-authorizer-cache-is-certificate-bound")


@CASES.bad("get-pets", says="cache key does not contain the client certificate")
def header_as_the_key():
    api = aws.apigateway.RestApi("api")
    authorizer = aws.apigateway.Authorizer(
        "authorizer",
        rest_api=api.id,
        type="REQUEST",
        authorizer_uri=apis.AUTHORIZER_URI,
        identity_source="method.request.header.Authorization",
        authorizer_result_ttl_in_seconds=300,
    )
    aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=authorizer.id,
    )


@CASES.good
def certificate_as_the_key():
    api = aws.apigateway.RestApi("api")
    authorizer = aws.apigateway.Authorizer(
        "authorizer",
        rest_api=api.id,
        type="REQUEST",
        authorizer_uri=apis.AUTHORIZER_URI,
        identity_source="context.identity.clientCert.clientCertPem",
        authorizer_result_ttl_in_seconds=300,
    )
    aws.apigateway.Method(
        "get-pets",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="GET",
        authorization="CUSTOM",
        authorizer_id=authorizer.id,
    )


@CASES.bad("api")
def header_as_the_key_in_a_body():
    apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 60),
        (f"{apis.AUTHORIZER} identitySource", "method.request.header.X-Client"),
    )


@CASES.bad("api")
def caching_is_the_default():
    apis.rest_api((f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", apis.GONE))


@CASES.bad("api")
def distinguished_name_as_the_key():
    apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 60),
        (f"{apis.AUTHORIZER} identitySource", "context.identity.clientCert.subjectDN"),
    )


@CASES.bad("api", says="longer than 300 seconds")
def cached_for_an_hour():
    apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 3600),
        (f"{apis.AUTHORIZER} identitySource", apis.CERTIFICATE),
    )


@CASES.bad(
    "api", config={"apigateway-authorizer-cache-is-certificate-bound": {"maximumSeconds": 5}}
)
def cached_for_longer_than_the_pack_is_configured_to():
    apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 60),
        (f"{apis.AUTHORIZER} identitySource", apis.CERTIFICATE),
    )


@CASES.bad("get-pets")
def header_as_the_key_of_an_http_api():
    apis.http_api(
        authorizer={
            "authorizer_result_ttl_in_seconds": 60,
            "identity_sources": ["$request.header.X-Client"],
        }
    )


@CASES.good
def certificate_and_path_as_the_key():
    apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 60),
        (f"{apis.AUTHORIZER} identitySource", f"{apis.CERTIFICATE}, context.path"),
    )


@CASES.good
def no_cache_at_all():
    apis.rest_api()


@CASES.ignored
def a_route_without_an_authorizer_is_another_rules_matter():
    apis.rest_api((f"{apis.OPERATION} security", []))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
