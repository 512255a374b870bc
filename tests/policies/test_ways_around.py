"""Ways around the gates of a guarded API, each beside an innocent program that looks like it."""

import pulumi_aws as aws
import pytest

from tests.policies import apis, truststores
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


def response(body, **changes):
    """A gateway response of the guarded API; the API may be named by the text of its id."""

    def line(clean):
        aws.apigateway.Response(
            "response",
            **{
                "rest_api_id": clean.api.id,
                "response_type": "DEFAULT_4XX",
                "response_templates": {"application/json": body},
            }
            | changes,
        )

    return line


TOKEN = ("apigateway-token-stays-inside", "response")


@pytest.mark.parametrize("changes", [{}, {"rest_api_id": "api-id"}], ids=["reference", "text"])
def test_a_response_shows_no_token_however_its_api_is_named(changes):
    assert TOKEN in refusals_of(response("$context.authorizer.authorization", **changes))
    assert TOKEN not in refusals_of(response("$context.error.messageString", **changes))


BUCKET = "s3-truststore-blocks-public-access"


def shared_with(principal, action="s3:PutObject"):
    """A second policy of the truststore's bucket, for one principal."""

    def line(_clean):
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": action,
            "Resource": f"{truststores.ARN}/*",
        }
        policy = truststores.document(truststores.TLS_ONLY, statement)
        aws.s3.BucketPolicy("more", bucket=truststores.NAME, policy=policy)

    return line


@pytest.mark.parametrize(
    "line",
    [
        shared_with("999999999999"),
        shared_with("arn:aws:iam::999999999999:root", "s3:Put*"),
        shared_with("arn:aws:iam::999999999999:role/ci", ["s3:GetObject", "s3:DeleteObject*"]),
        shared_with("arn:aws:iam::999999999999:role/ci", "s3:PutBucketPolicy"),
    ],
    ids=["account", "root", "role", "policy"],
)
def test_another_account_does_not_write_the_truststore(line):
    assert BUCKET in rules_that_refuse(line)


def test_a_trusted_account_may_write_the_truststore():
    line = shared_with("arn:aws:iam::999999999999:root")
    assert rules_that_refuse(line, ("principals", "999999999999")) == set()


@pytest.mark.parametrize(
    "line",
    [
        shared_with("arn:aws:iam::000000000000:role/deployer"),
        shared_with("arn:aws:iam::999999999999:role/audit", "s3:GetObject"),
    ],
    ids=["a role of the account", "a reader"],
)
def test_the_own_account_writes_and_others_may_read(line):
    assert rules_that_refuse(line) == set()
