"""The right end of a call: what counts as right, and how it reads in a table."""

import pytest

from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Moment,
    Refused,
    Silent,
    Unreachable,
)

FORBIDDEN = Expect(gate=Gate.WEB_ACL, statuses=(403,), body={"message": "Forbidden"})
NO_CONNECTION = Expect(gate=Gate.TLS)
NOTHING = (
    Silent(seconds=1),
    Unreachable(words="gone"),
    Malformed(words="bytes"),
)


def answer(status=403, body=b'{"message":"Forbidden"}', layer="web-acl", further=0):
    headers = (("X-Portcullis-Layer", layer),) if layer else ()
    return Answer(status=status, headers=headers, body=body, further=further)


def refused():
    return Refused(moment=Moment.HANDSHAKE, words="no")


def test_the_right_answer_has_no_problem():
    assert FORBIDDEN.problem(answer()) is None


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (answer(status=200), "the status differs"),
        (answer(status=401), "the status differs"),
        (answer(body=b'{"message":"forbidden"}'), "the body differs"),
        (answer(body=b'{"Message":"Forbidden"}'), "the body differs"),
        (answer(body=b'{"message":"Forbidden","more":1}'), "the body differs"),
        (answer(body=b"Forbidden"), "the body is not JSON"),
        (answer(body=b""), "the body is not JSON"),
        (answer(body=b"[" * 100_000), "the body is not JSON"),
        (answer(layer="authorizer"), "the layer is authorizer"),
        (answer(layer=None), "the layer is not named"),
        (answer(further=1), "one request was answered more than once"),
        (refused(), "the connection was refused"),
        *((outcome, "there was no HTTP answer") for outcome in NOTHING),
    ],
)
def test_any_other_end_is_a_problem(outcome, problem):
    assert FORBIDDEN.problem(outcome) == problem


def test_a_layer_named_twice_is_not_named():
    twice = Answer(status=403, headers=(("x-portcullis-layer", "web-acl"),) * 2, body=b"")
    expect = Expect(gate=Gate.WEB_ACL, statuses=(403,))
    assert expect.problem(twice) == "the layer is not named"


@pytest.mark.parametrize("layer", [Gate.TRUSTSTORE, Gate.BACKEND, Gate.DEFAULT_ENDPOINT])
def test_an_answer_from_elsewhere_must_not_name_a_gate(layer):
    expect = Expect(gate=layer, statuses=(403,))
    assert expect.problem(answer(layer=None)) is None
    assert expect.problem(answer(layer="web-acl")) == "the layer is web-acl"


def test_another_layer_may_be_right_too():
    expect = Expect(gate=Gate.HTTP, statuses=(403,), or_gate=Gate.VALIDATION)
    assert expect.problem(answer(layer=None)) is None
    assert expect.problem(answer(layer="validation")) is None
    assert expect.problem(answer(layer="web-acl")) == "the layer is web-acl"


def test_a_successful_answer_of_the_gateway_names_no_layer():
    expect = Expect(gate=Gate.INTEGRATION, statuses=(200,))
    assert expect.problem(answer(status=200, layer=None)) is None


def test_only_a_refusal_is_a_refused_connection():
    assert NO_CONNECTION.problem(refused()) is None
    for outcome in (*NOTHING, answer(), answer(status=400, layer=None)):
        assert NO_CONNECTION.problem(outcome) is not None


def test_a_refusal_may_be_as_good_as_a_status():
    expect = Expect(gate=Gate.HTTP, statuses=(400, 431), may_refuse=True)
    assert expect.problem(refused()) is None
    assert expect.problem(answer(status=431, layer=None)) is None
    assert expect.problem(answer(status=200, layer=None)) == "the status differs"
    for outcome in NOTHING:
        assert expect.problem(outcome) is not None


@pytest.mark.parametrize(
    ("body", "is_right"),
    [
        (b'{"error":"invalid_token"}', True),
        (b'{"error":"missing_token"}', False),
        (b'["invalid_token"]', False),
        (b"invalid_token", False),
        (b"{}", False),
    ],
)
def test_an_error_is_compared_as_a_member(body, is_right):
    expect = Expect(gate=Gate.BACKEND, statuses=(401,), error="invalid_token")
    assert (expect.problem(answer(401, body, layer=None)) is None) is is_right


def test_a_text_is_looked_for_in_the_body():
    expect = Expect(gate=Gate.BACKEND, statuses=(200,), contains="<html")
    assert expect.problem(answer(200, b"<!DOCTYPE html><html>", layer=None)) is None
    assert expect.problem(answer(200, b"\xff", layer=None)) == "the body differs"


@pytest.mark.parametrize(
    ("expect", "text"),
    [
        (NO_CONNECTION, "connection refused"),
        (FORBIDDEN, '403 {"message":"Forbidden"}'),
        (
            Expect(gate=Gate.HTTP, statuses=(400, 431), may_refuse=True),
            "400 or 431 or connection refused",
        ),
        (Expect(gate=Gate.BACKEND, statuses=(401,), error="invalid_token"), "401 invalid_token"),
        (Expect(gate=Gate.BACKEND, statuses=(200,), body=[1], words="pets"), "200 pets"),
    ],
)
def test_an_expectation_in_words(expect, text):
    assert str(expect) == text
