"""What counts as the right answer, what a case needs, and how both read in a table."""

import pytest

from portcullis.acceptance.matrix.case import (
    CLIENT_IDS,
    BadBackend,
    Behaviour,
    Call,
    Caller,
    Case,
    Expect,
    Flood,
    Interleaved,
    KilledMidCall,
    Layer,
    Need,
    Place,
    Recovering,
    Source,
    Token,
    describe,
)
from portcullis.acceptance.run.control import Command
from portcullis.acceptance.wire.client import (
    Answer,
    Malformed,
    Moment,
    Refused,
    Silent,
    Unreachable,
)

FORBIDDEN = Expect(layer=Layer.WEB_ACL, statuses=(403,), body={"message": "Forbidden"})
NO_CONNECTION = Expect(layer=Layer.TLS)
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
        (answer(body=b"Forbidden"), "the body is no JSON"),
        (answer(body=b""), "the body is no JSON"),
        (answer(body=b"[" * 100_000), "the body is no JSON"),
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
    expect = Expect(layer=Layer.WEB_ACL, statuses=(403,))
    assert expect.problem(twice) == "the layer is not named"


@pytest.mark.parametrize("layer", [Layer.TRUSTSTORE, Layer.BACKEND, Layer.DEFAULT_ENDPOINT])
def test_an_answer_from_elsewhere_must_not_name_a_gate(layer):
    expect = Expect(layer=layer, statuses=(403,))
    assert expect.problem(answer(layer=None)) is None
    assert expect.problem(answer(layer="web-acl")) == "the layer is web-acl"


def test_another_layer_may_be_right_too():
    expect = Expect(layer=Layer.HTTP, statuses=(403,), or_layer=Layer.VALIDATION)
    assert expect.problem(answer(layer=None)) is None
    assert expect.problem(answer(layer="validation")) is None
    assert expect.problem(answer(layer="web-acl")) == "the layer is web-acl"


def test_a_successful_answer_of_the_gateway_names_no_layer():
    expect = Expect(layer=Layer.INTEGRATION, statuses=(200,))
    assert expect.problem(answer(status=200, layer=None)) is None


def test_only_a_refusal_is_a_refused_connection():
    assert NO_CONNECTION.problem(refused()) is None
    for outcome in (*NOTHING, answer(), answer(status=400, layer=None)):
        assert NO_CONNECTION.problem(outcome) is not None


def test_a_refusal_may_be_as_good_as_a_status():
    expect = Expect(layer=Layer.HTTP, statuses=(400, 431), may_refuse=True)
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
    expect = Expect(layer=Layer.BACKEND, statuses=(401,), error="invalid_token")
    assert (expect.problem(answer(401, body, layer=None)) is None) is is_right


def test_a_text_is_looked_for_in_the_body():
    expect = Expect(layer=Layer.BACKEND, statuses=(200,), contains="<html")
    assert expect.problem(answer(200, b"<!DOCTYPE html><html>", layer=None)) is None
    assert expect.problem(answer(200, b"\xff", layer=None)) == "the body differs"


# --- in words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "text"),
    [
        (NO_CONNECTION, "connection refused"),
        (FORBIDDEN, '403 {"message":"Forbidden"}'),
        (
            Expect(layer=Layer.HTTP, statuses=(400, 431), may_refuse=True),
            "400 or 431 or connection refused",
        ),
        (Expect(layer=Layer.BACKEND, statuses=(401,), error="invalid_token"), "401 invalid_token"),
        (Expect(layer=Layer.BACKEND, statuses=(200,), body=[1], words="pets"), "200 pets"),
    ],
)
def test_an_expectation_in_words(expect, text):
    assert str(expect) == text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (answer(), '403 {"message":"Forbidden"} [web-acl]'),
        (answer(layer=None, body=b'{ "a" : 1 }'), '403 {"a":1}'),
        (answer(layer=None, body=b""), "403"),
        (answer(layer=None, body=b"a\x1b[31m\n b"), "403 a?[31m b"),
        (answer(layer=None, body=b"a", further=2), "403 a and 2 more"),
        (refused(), "connection refused at the handshake: no"),
        (Silent(seconds=1.5), "no answer in 1.5 s"),
        (Unreachable(words="gone"), "no connection: gone"),
        (Malformed(words="bytes"), "no HTTP: bytes"),
    ],
)
def test_an_outcome_in_words(outcome, text):
    assert describe(outcome) == text


@pytest.mark.parametrize(("status", "limit"), [(200, 40), (403, 120)])
def test_a_long_body_is_cut(status, limit):
    text = describe(answer(status, b"a" * 500, layer=None))
    assert text == f"{status} {'a' * (limit - 1)}…"


# --- needs --------------------------------------------------------------------------------------


def case(caller=Caller.CLIENT, action=None, **more):
    return Case(
        name="c", attack="", caller=caller, action=action or Call(), expect=FORBIDDEN, **more
    )


@pytest.mark.parametrize(
    ("built", "needs"),
    [
        (case(), ()),
        (case(Caller.NONE), ()),
        (case(Caller.SELF_SIGNED), ()),
        (case(Caller.UNKNOWN_ISSUER), ()),
        (case(Caller.LOOKALIKE_ISSUER), ()),
        (case(Caller.ISSUED_BY_CLIENT), ()),
        (case(Caller.EXPIRED), (Need.PKI,)),
        (case(Caller.WEAK_KEY), (Need.PKI,)),
        (case(Caller.READER), (Need.OTHER_CLIENTS,)),
        (case(Caller.UNREGISTERED), (Need.OTHER_CLIENTS,)),
        (case(Caller.REVOKED), (Need.REVOKED,)),
        (case(action=Call(source=Source.BLOCKED)), (Need.OTHER_ADDRESS,)),
        (case(action=Call(place=Place.DEFAULT_ENDPOINT)), (Need.DEFAULT_ENDPOINT,)),
        (case(action=Call(place=Place.BACKEND, token=Token.ALG_NONE)), (Need.BACKEND,)),
        (case(action=Call(place=Place.BACKEND, token=Token.EXPIRED)), (Need.BACKEND, Need.KMS)),
        (
            case(action=Call(place=Place.BACKEND, token=Token.OF_CLIENT)),
            (Need.BACKEND, Need.CONTROL),
        ),
        (case(arrives=True), (Need.BACKEND,)),
        (case(action=Flood(call=Call())), (Need.OTHER_ADDRESS,)),
        (case(action=Interleaved(call=Call())), (Need.OTHER_CLIENTS, Need.BACKEND)),
        (case(action=KilledMidCall(call=Call())), (Need.CONTROL,)),
        (case(action=Recovering(call=Call())), ()),
        (case(breaks=(Command.STOP_KMS,)), (Need.CONTROL,)),
        (
            case(action=BadBackend(behaviour=Behaviour.SILENT, call=Call())),
            (Need.BACKEND, Need.CONTROL, Need.SHORT_TIMEOUT),
        ),
        (
            case(action=BadBackend(behaviour=Behaviour.GARBAGE, call=Call())),
            (Need.BACKEND, Need.CONTROL),
        ),
    ],
)
def test_needs_follow_from_what_a_case_does(built, needs):
    assert built.needs == needs


def test_every_caller_is_a_client_or_a_forgery():
    assert set(CLIENT_IDS) < set(Caller)
