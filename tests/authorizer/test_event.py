"""The event is read strictly: what AWS sends passes, and nothing that differs from it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.event import MAX_METHOD_ARN_BYTES, MAX_PEM_LENGTH, AuthorizerRequest, request_id_of
from authorizer.reasons import Reason, RefusedError
from tests.authorizer.making import STAGE_ARN, rest_event

ARABIC_ZERO = "\u0660"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
# Where a test may put something strange, from the event's root.
MEMBERS = [
    ("type",),
    ("methodArn",),
    ("requestContext",),
    ("requestContext", "requestId"),
    ("requestContext", "identity"),
    ("requestContext", "identity", "clientCert"),
    ("requestContext", "identity", "clientCert", "clientCertPem"),
]


def changed(event, path, value):
    inner = event
    for member in path[:-1]:
        inner = inner[member]
    inner[path[-1]] = value
    return event


def without(event, path):
    inner = event
    for member in path[:-1]:
        inner = inner[member]
    del inner[path[-1]]
    return event


def refusal(event):
    with pytest.raises(RefusedError) as caught:
        AuthorizerRequest.parse(event)
    assert caught.value.reason is Reason.MALFORMED_EVENT
    return caught.value.detail


def test_an_event_as_aws_sends_it_yields_its_facts():
    request = AuthorizerRequest.parse(rest_event(PEM, method="GET", path="/pets/1"))
    assert request == AuthorizerRequest(
        request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        stage_arn=STAGE_ARN,
        client_certificate_pem=PEM,
        method="GET",
        route="/pets/1",
    )


@pytest.mark.parametrize("value", [None, 7, ["GET"]])
def test_a_method_or_route_that_is_no_text_is_left_out(value):
    event = rest_event(PEM) | {"httpMethod": value, "resource": value}
    assert AuthorizerRequest.parse(event)[3:] == ("", "")


@pytest.mark.parametrize("client_certificate", [None, "absent"])
def test_a_call_without_a_client_certificate_is_well_formed(client_certificate):
    event = rest_event(None)
    if client_certificate is None:
        event["requestContext"]["identity"]["clientCert"] = None
    assert AuthorizerRequest.parse(event).client_certificate_pem is None


@pytest.mark.parametrize("path", [p for p in MEMBERS if p[-1] != "clientCert"], ids="/".join)
def test_an_event_that_lacks_a_member_is_malformed(path):
    assert refusal(without(rest_event(PEM), path))


@pytest.mark.parametrize("path", MEMBERS, ids="/".join)
@pytest.mark.parametrize(
    "value",
    [1, True, "", [], ["REQUEST"], {"a": 1}, 1.5, pytest.param("\x00", id="NUL")],
    ids=repr,
)
def test_a_member_of_another_type_is_malformed(path, value):
    event = changed(rest_event(PEM), path, value)
    if path[-1] == "clientCertPem" and isinstance(value, str):
        AuthorizerRequest.parse(event)  # a text, whatever it says: the certificate's parser judges
    elif path[-1] == "identity" and isinstance(value, dict):
        assert AuthorizerRequest.parse(event).client_certificate_pem is None
    else:
        assert refusal(event)


@pytest.mark.parametrize(
    "method_arn",
    [
        "*",
        f"{STAGE_ARN}/*",
        f"{STAGE_ARN}/GET",
        f"{STAGE_ARN}/get/pets",
        f"{STAGE_ARN}/GET/pets\n",
        f"{STAGE_ARN}/GET/pets\x00",
        f"{STAGE_ARN}/GET/pets\x7f",
        "arn:aws:execute-api:eu-central-1:000000000000:*/local/GET/pets",
        "arn:aws:execute-api:eu-central-1:000000000000:a1b2c3d4e5/*/GET/pets",
        "arn:aws:execute-api:eu-central-1:*:a1b2c3d4e5/local/GET/pets",
        "arn:aws:execute-api:*:000000000000:a1b2c3d4e5/local/GET/pets",
        f"arn:aws:execute-api:eu-central-1:{ARABIC_ZERO * 12}:a1b2c3d4e5/local/GET/pets",
        "arn:aws:lambda:eu-central-1:000000000000:a1b2c3d4e5/local/GET/pets",
        "arn:gcp:execute-api:eu-central-1:000000000000:a1b2c3d4e5/local/GET/pets",
        "arn:aws:execute-api:eu-central-1:000000000000:a1b2c3d4e5/?????/GET/pets",
        "arn:aws:execute-api:eu-central-1:000000000000:/local/GET/pets",
        f" {STAGE_ARN}/GET/pets",
        f"{STAGE_ARN}/GET/{'p' * 1600}",
    ],
)
def test_a_method_arn_that_is_not_exactly_one_is_malformed(method_arn):
    assert refusal(changed(rest_event(PEM), ("methodArn",), method_arn))


@pytest.mark.parametrize("path", ["/", "/pets", "/pets/a%20b", "/pets/ü", "/pets/a b", "/a:b@c"])
def test_any_path_a_caller_may_ask_for_leads_to_the_same_stage(path):
    assert AuthorizerRequest.parse(rest_event(PEM, path=path)).stage_arn == STAGE_ARN


@pytest.mark.parametrize("version", ["1.0", "2.0", "", 1])
def test_the_event_of_an_http_api_is_refused(version):
    assert "version" in refusal(rest_event(PEM) | {"version": version})


def test_a_token_authorizers_event_is_refused():
    assert refusal(rest_event(PEM) | {"type": "TOKEN", "authorizationToken": "x"})


def test_the_longest_method_arn_and_the_longest_certificate_are_read():
    path = "/" + "p" * (MAX_METHOD_ARN_BYTES - len(f"{STAGE_ARN}/GET/"))
    longest = "A" * MAX_PEM_LENGTH
    request = AuthorizerRequest.parse(rest_event(longest, path=path))
    assert (request.stage_arn, request.client_certificate_pem) == (STAGE_ARN, longest)
    assert refusal(rest_event(PEM, path=path + "p"))


def test_a_certificate_that_is_too_long_to_be_one_is_refused_unread():
    assert refusal(rest_event("A" * (MAX_PEM_LENGTH + 1)))


@given(st.sampled_from(MEMBERS), JSON)
def test_no_strange_member_raises_anything_but_a_refusal(path, value):
    with contextlib.suppress(RefusedError):  # anything else fails the test
        AuthorizerRequest.parse(changed(rest_event(PEM), path, value))


@given(JSON)
def test_no_strange_event_raises_anything_but_a_refusal(event):
    with pytest.raises(RefusedError):
        AuthorizerRequest.parse(event)


@given(JSON)
def test_the_request_id_for_the_log_is_printable_whatever_the_event(value):
    for event in (value, {"requestContext": value}, {"requestContext": {"requestId": value}}):
        found = request_id_of(event)
        assert found.isascii()
        assert " " not in found
        assert found == "" or found.isprintable()
