"""The list itself: complete, in order, and each case mends what it breaks."""

import pytest

from portcullis.acceptance.matrix.case import (
    BadBackend,
    Behaviour,
    Call,
    Caller,
    Framing,
    KilledMidCall,
    Layer,
    Recovering,
    Token,
)
from portcullis.acceptance.matrix.cases import CASES, FAILURES, RATE
from portcullis.acceptance.run.control import MENDED_BY, Command

MENDS = {broken: mended for mended, broken in MENDED_BY.items()}


def test_names_are_unique_and_can_be_typed():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in names)


def test_every_case_says_what_is_tried_in_one_sentence():
    for case in CASES:
        assert case.attack.endswith(".")
        assert len(case.attack) <= 100


@pytest.mark.parametrize("caller", Caller)
def test_every_caller_calls(caller):
    assert any(case.caller is caller for case in CASES)


@pytest.mark.parametrize("token", Token)
def test_every_token_is_tried(token):
    assert any(case.call and case.call.token is token for case in CASES)


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_misbehaviour_is_tried(behaviour):
    actions = [case.action for case in CASES]
    assert any(isinstance(a, BadBackend) and a.behaviour is behaviour for a in actions)


@pytest.mark.parametrize("layer", Layer)
def test_every_layer_has_to_refuse_or_answer_something(layer):
    assert any(case.expect.layer is layer for case in CASES)


def test_most_of_the_matrix_is_attacks():
    attacks = [case for case in CASES if 200 not in case.expect.statuses]
    assert len(attacks) >= 60
    assert len(CASES) >= 80


def test_what_a_case_breaks_it_mends():
    for case in CASES:
        if isinstance(case.action, BadBackend):
            assert Command.STOP_BACKEND in case.breaks, case.name
        mended = {MENDS[command] for command in case.breaks if command in MENDS}
        assert set(case.mends) == mended, case.name


def test_the_flood_and_the_broken_parts_come_last():
    assert CASES[-len(FAILURES) - len(RATE) :] == RATE + FAILURES
    for case in CASES[: -len(FAILURES)]:
        assert not case.breaks
        assert not isinstance(case.action, KilledMidCall | BadBackend | Recovering)


def test_the_matrix_ends_with_a_call_that_works():
    assert 200 in CASES[-1].expect.statuses


def test_a_request_without_correct_framing_must_end_at_the_front():
    for case in CASES:
        if isinstance(case.action, Call) and case.action.framing is Framing.AS_GIVEN:
            assert case.expect.layer is Layer.HTTP


def test_every_http_refusal_counts_answers():
    """Otherwise a request that was smuggled past would go unnoticed."""
    for case in CASES:
        if case.expect.layer is Layer.HTTP and isinstance(case.action, Call):
            assert case.action.keeps_open, case.name
