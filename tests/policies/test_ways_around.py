"""Ways around the gates of a guarded API, each beside an innocent program that looks like it."""

import pulumi_aws as aws
import pytest

from tests.policies import apis
from tests.policies.added_lines import refusals_of, rules_that_refuse

QUICK_CREATE = "apigateway-stage-requires-web-acl"


def quick_create(target):
    return lambda _clean: aws.apigatewayv2.Api("quick", protocol_type="HTTP", target=target)


@pytest.mark.parametrize(
    "target",
    [
        "https://backend.example.com/pets",
        "https://BACKEND.example.com.:443",
        apis.AUTHORIZER_URI.partition("functions/")[2].removesuffix("/invocations"),
    ],
    ids=["the backend", "the backend in another spelling", "the authorizer"],
)
def test_quick_create_before_what_a_guarded_api_calls_is_refused(target):
    assert QUICK_CREATE in rules_that_refuse(quick_create(target))


def test_quick_create_before_another_backend_is_another_api():
    """A public site beside a guarded API: see docs/decisions/0017-which-apis-are-judged.md."""
    assert rules_that_refuse(quick_create("https://www.example.com")) == set()


@pytest.mark.parametrize(
    ("target", "is_refused"),
    [("https://orders.example.com", True), ("https://blue", False)],
    ids=["the backend", "the value of another variable"],
)
def test_a_backend_in_a_stage_variable_is_shared_too(target, is_refused):
    def line(clean):
        uri = "https://${stageVariables.backend}/pets"
        guarded = apis.rest_api((f"{apis.PROXY} uri", uri), name="second")
        apis.stage_of(guarded, "v2", variables={"backend": "orders.example.com", "color": "blue"})
        quick_create(target)(clean)

    assert ((QUICK_CREATE, "quick") in refusals_of(line)) == is_refused


FUNCTION = "arn:aws:lambda:eu-central-1:999999999999:function:central"
DECLARED = "apigateway-authorizer-is-declared"


def authorized_by(function):
    def line(_clean):
        path, _, _ = apis.AUTHORIZER_URI.partition("arn:aws:lambda")
        uri = f"{path}{function}/invocations"
        apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri), name="second")

    return line


@pytest.mark.parametrize("function", [FUNCTION, f"{FUNCTION}:live"], ids=["itself", "an alias"])
def test_a_trusted_function_may_authorize(function):
    assert rules_that_refuse(authorized_by(function)) == {DECLARED}
    assert rules_that_refuse(authorized_by(function), ("functions", FUNCTION)) == set()


def test_trust_in_one_alias_is_no_trust_in_others():
    line = authorized_by(f"{FUNCTION}:live")
    assert rules_that_refuse(line, ("functions", f"{FUNCTION}:live")) == set()
    assert rules_that_refuse(line, ("functions", f"{FUNCTION}:next")) == {DECLARED}


def calling(uri, **stage):
    """A second API with a stage variable in its backend's URI, and a stage that sets it."""

    def line(_clean):
        api = apis.rest_api((f"{apis.PROXY} uri", uri), name="second")
        if stage:
            apis.stage_of(api, "v2", **stage)

    return line


WHOLE = "${stageVariables.backend}/pets"
HTTPS, HTTP = {"backend": "https://backend.example.com"}, {"backend": "http://backend.example.com"}
CANARY = {"percent_traffic": 5.0, "stage_variable_overrides": HTTP}


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        (calling(WHOLE, variables=HTTPS), False),
        (calling("https://${stageVariables.backend}/pets", variables={"backend": "x.y"}), False),
        (calling("https://${stageVariables.backend}/pets"), False),
        (calling(WHOLE, variables=HTTP), True),
        (calling(WHOLE, variables={"color": "blue"}), True),
        (calling(WHOLE), True),
        (calling(WHOLE, variables=HTTPS, canary_settings=CANARY), True),
    ],
    ids=["https", "a host", "an unknown host", "http", "not set", "no stage", "http of a canary"],
)
def test_a_stage_variable_in_a_backend_s_uri_is_replaced(line, is_refused):
    assert (("apigateway-backend-uses-https", "second") in refusals_of(line)) == is_refused


def aliased(value):
    """A second API whose authorizer's alias is a stage variable, with two stages."""

    def line(clean):
        aws.lambda_.Alias(
            "live",
            name="live",
            function_name=clean.function.name,
            function_version=clean.function.version,
        )
        uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":authorizer:${stageVariables.alias}/")
        api = apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri), name="second")
        apis.stage_of(api, "v2", variables={"alias": "live"})
        apis.stage_of(api, "v3", variables={"alias": value})

    return line


@pytest.mark.parametrize(("value", "is_refused"), [("live", False), ("next", True), ("7", True)])
def test_a_stage_variable_in_an_authorizer_s_uri_is_replaced(value, is_refused):
    assert ((DECLARED, "second") in refusals_of(aliased(value))) == is_refused
