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
