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


def keyed_by(*keys):
    return apis.rest_api(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", 60),
        (f"{apis.AUTHORIZER} identitySource", ", ".join(keys)),
    )


@CASES.bad("api")
def expiry_date_as_the_key():
    keyed_by("context.identity.clientCert.validity.notAfter")


@CASES.bad("api")
def a_field_that_does_not_exist_as_the_key():
    keyed_by("context.identity.clientCert.clientCertPem.x")


@CASES.bad("api")
def a_name_in_another_case_as_the_key():
    keyed_by("context.identity.clientcert.clientcertpem")


@CASES.bad("api")
def a_header_named_like_the_certificate_as_the_key():
    keyed_by("method.request.header.context.identity.clientCert.clientCertPem")


@CASES.ignored
def iam_authorization_has_no_cache():
    apis.method_api(method={"authorization": "AWS_IAM", "authorizer_id": None})


@CASES.ignored
def cognito_authorization_has_no_cache_of_this_kind():
    apis.method_api(authorizer={"type": "COGNITO_USER_POOLS"})


@CASES.ignored
def jwt_authorization_has_no_cache_of_this_kind():
    apis.http_api(
        authorizer={"authorizer_type": "JWT", "authorizer_uri": None},
        route={"authorization_type": "JWT"},
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
