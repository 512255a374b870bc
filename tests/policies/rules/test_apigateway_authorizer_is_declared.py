"""An authorizer whose function another account or stack owns is refused."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis, by_hand
from tests.policies.cases import Cases

CASES = Cases("apigateway-authorizer-is-declared")
FOREIGN = apis.AUTHORIZER_URI.replace("000000000000", "999999999999")
OWN_ROLE = "arn:aws:iam::000000000000:role/invoker"


def function():
    """The function of the example API, and a resource that shows the stack's account."""
    role = aws.iam.Role("invoker", name="invoker", assume_role_policy=json.dumps(by_hand.TRUST))
    aws.iam.RolePolicy("permissions", role=role.name, policy=json.dumps(by_hand.PERMISSIONS))
    apis.settings_of(*_staged())
    return aws.lambda_.Function("authorizer", name="authorizer", role=role.arn)


def _staged():
    other = aws.apigateway.RestApi("other")
    return other, apis.stage_of(other, "other")


@CASES.bad("guard", says="does not call a function of this stack")
def function_of_another_account():
    function()
    apis.method_api(authorizer={"authorizer_uri": FOREIGN})


@CASES.good
def function_of_the_stack():
    apis.method_api(authorizer={"authorizer_uri": function().invoke_arn})


@CASES.bad("api", says="does not call a function of this stack")
def function_of_another_account_in_a_body():
    function()
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", FOREIGN))


@CASES.bad("api")
def function_that_the_stack_does_not_declare():
    function()
    uri = apis.AUTHORIZER_URI.replace("function:authorizer", "function:another")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri))


@CASES.bad("api")
def an_alias_that_the_stack_does_not_declare():
    function()
    uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":authorizer:live/")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri))


@CASES.bad("api", says="in another region")
def a_function_in_another_region():
    function()
    uri = apis.AUTHORIZER_URI.replace("lambda:eu-central-1", "lambda:us-east-1")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri))


@CASES.bad("api")
def a_version_by_its_number():
    function()
    uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":authorizer:7/")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri))


@CASES.bad("guard")
def an_alias_of_a_function_of_another_stack():
    function()
    alias = aws.lambda_.Alias("live", name="live", function_name="another", function_version="1")
    apis.method_api(authorizer={"authorizer_uri": alias.invoke_arn})


@CASES.bad("guard", says="authorizerCredentials is not a role of this stack")
def a_role_of_another_account():
    function()
    role = OWN_ROLE.replace("000000000000", "999999999999")
    apis.method_api(authorizer={"authorizer_credentials": role})


@CASES.bad("api", says="authorizerCredentials is not a role of this stack")
def a_role_that_the_stack_does_not_declare():
    function()
    role = OWN_ROLE.replace("invoker", "another")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerCredentials", role))


@CASES.bad("guard")
def function_of_an_http_api_in_another_account():
    function()
    apis.http_api(authorizer={"authorizer_uri": FOREIGN})


@CASES.good
def function_in_a_body():
    function()
    apis.rest_api()


def alias(**changes):
    called = function()
    own = {"function_name": called.name, "function_version": called.version}
    return aws.lambda_.Alias("live", name="live", **own | changes)


def calling_the_alias():
    uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":authorizer:live/")
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri))


@CASES.good
def an_alias_in_a_body():
    alias()
    calling_the_alias()


@CASES.good
def an_alias_by_reference():
    apis.method_api(authorizer={"authorizer_uri": alias().invoke_arn})


@CASES.good
def an_alias_of_the_code_without_a_version():
    alias(function_version="$LATEST")
    calling_the_alias()


@CASES.bad("api", says="names a version by its number")
def an_alias_of_a_version_by_its_number():
    alias(function_version="7")
    calling_the_alias()


@CASES.bad("guard", says="names a version by its number")
def an_alias_that_sends_some_calls_to_an_earlier_version():
    routing = {"additional_version_weights": {"6": 0.9}}
    apis.method_api(authorizer={"authorizer_uri": alias(routing_config=routing).invoke_arn})


@CASES.bad("api")
def an_alias_of_another_function():
    other = aws.lambda_.Function("other", name="other", role=OWN_ROLE)
    alias(function_name=other.name, function_version=other.version)
    calling_the_alias()


@CASES.good
def a_uri_that_is_composed():
    uri = pulumi.Output.concat(
        "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/",
        function().arn,
        "/invocations",
    )
    apis.method_api(authorizer={"authorizer_uri": uri})


@CASES.good
def a_role_of_the_stack_by_name():
    function()
    apis.method_api(authorizer={"authorizer_credentials": OWN_ROLE})


@CASES.ignored
def an_authorizer_without_a_function():
    apis.method_api(
        authorizer={
            "type": "COGNITO_USER_POOLS",
            "authorizer_uri": None,
            "provider_arns": ["arn:aws:cognito-idp:eu-central-1:000000000000:userpool/x"],
        }
    )


@CASES.ignored
def a_route_without_a_backend():
    apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", FOREIGN), (apis.PROXY, apis.MOCK))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)
