"""Each kind of action, right once and wrong once, against scripted servers."""

import re
import threading
from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import CaseAction
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.report import CaseVerdict
from tests.portcullis.acceptance.lab import PETS, json_answer
from tests.portcullis.acceptance.run.known import (
    BY_NAME,
    FORBIDDEN,
    LAYER,
    RATE,
    READ,
    only,
    run,
)
from tests.portcullis.acceptance.run.minting import minting_gateway


def test_a_right_answer_passes_and_a_wrong_body_fails(lab):
    assert only(run([READ], lab.target())).verdict is CaseVerdict.PASSED
    lab.gateway_reply = lambda _asked: json_answer(200, PETS[:2])
    assert only(run([READ], lab.target())).reason == "the body differs"


def test_a_right_status_from_the_wrong_gate_fails(lab):
    case = BY_NAME["blocked-address"]
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN, (LAYER, "web-acl"))
    assert only(run([case], lab.target())).verdict is CaseVerdict.PASSED
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN)
    assert only(run([case], lab.target())).reason == "the layer is not named"
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN, (LAYER, "authorizer"))
    assert only(run([case], lab.target())).reason == "the layer is authorizer"


def test_the_blocked_address_is_outside_and_the_others_are_inside(lab):
    run([BY_NAME["blocked-address"], READ], lab.target())
    assert [asked.source for asked in lab.gateway.asked] == ["127.0.1.1", "127.0.0.1"]


def test_each_caller_shows_its_own_certificate(lab):
    cases = [replace(READ, name=caller.name, caller=caller) for caller in CaseCaller]
    cases = [case for case in cases if case.caller is not CaseCaller.REVOKED]
    run(cases, lab.target())
    shown = [asked.certificate for asked in lab.gateway.asked]
    assert len(shown) == len(cases)
    assert len(set(shown)) == len(shown)


def test_a_resumed_session_is_judged_by_its_second_answer(lab, pki):
    answers = [json_answer(403, FORBIDDEN), json_answer(200, PETS)]
    case = replace(
        READ,
        action=CaseAction.RESUMED,
        expect=Expect(gate=Gate.TRUSTSTORE, statuses=(403,), body=FORBIDDEN),
    )
    # Without asking for certificates the lab's server resumes sessions.
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    result = only(run([case], lab.target()))
    assert (result.verdict, result.reason) == (CaseVerdict.FAILED, "the status differs")
    assert "(resumed)" in result.seen


def rate_limited(limit, blocked=()):
    """A gateway that lets ``limit`` calls of an address through."""
    counts = {}

    def reply(asked):
        counts[asked.source] = counts.get(asked.source, 0) + 1
        if counts[asked.source] > limit or asked.source in blocked:
            return json_answer(403, FORBIDDEN, (LAYER, "web-acl"))
        return json_answer(200, {"keys": []})

    return reply


def test_a_rate_limit_that_holds_passes(lab):
    lab.gateway_reply = rate_limited(20)
    result = only(run(RATE, lab.target()))
    assert result.verdict is CaseVerdict.PASSED
    assert result.seen.startswith("20 passed, then 403")
    assert {asked.source for asked in lab.gateway.asked} == {"127.0.0.200"}


def test_a_rate_limit_that_never_blocks_fails(lab):
    lab.gateway_reply = rate_limited(10_000)
    assert only(run(RATE, lab.target())).reason == "the status differs"


def test_a_rate_limit_that_blocks_too_early_fails(lab):
    lab.gateway_reply = rate_limited(5)
    assert "before the limit of 20" in only(run(RATE, lab.target())).reason


def test_a_second_run_floods_from_the_next_address(lab):
    lab.gateway_reply = rate_limited(20, blocked={"127.0.0.200", "127.0.0.201"})
    assert only(run(RATE, lab.target())).verdict is CaseVerdict.PASSED
    assert lab.gateway.asked[-1].source == "127.0.0.202"


def test_a_gateway_that_blocks_every_address_fails(lab):
    lab.gateway_reply = rate_limited(0)
    assert "no address could start" in only(run(RATE, lab.target())).reason


def test_a_call_is_killed_while_it_is_under_way(lab):
    """The reply waits for the kill, so a runner that kills too late would wait for ever."""
    killed = threading.Event()

    def reply(_asked):
        while not killed.wait(0.02):
            if "kill-authorizer" in lab.control.commands:
                killed.set()
        return lab.authorizer_failed("the authorizer failed: Crash")

    lab.gateway_reply = reply
    assert only(run([BY_NAME["authorizer-killed"]], lab.target())).verdict is CaseVerdict.PASSED
    assert lab.control.commands == ["pause-authorizer", "await-call", "kill-authorizer"]


@pytest.mark.parametrize("name", ["authorizer-killed", "authorizer-hangs", "signing-key-down"])
def test_the_right_answer_for_another_reason_fails(lab, name):
    lab.gateway_reply = lambda _asked: lab.authorizer_failed("the authorizer failed: Init")
    result = only(run([BY_NAME[name]], lab.target()))
    assert result.verdict is CaseVerdict.FAILED
    assert result.reason == "the gate log says: the authorizer failed: Init"


def test_a_stack_that_mends_itself_in_time_passes(lab):
    answers = [json_answer(500, {"message": None}), json_answer(200, PETS)]
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    case = replace(READ, action=CaseAction.RECOVERING)
    assert only(run([case], lab.target())).verdict is CaseVerdict.PASSED


def test_a_stack_that_stays_broken_fails_after_a_bounded_time(lab):
    lab.gateway_reply = lambda _asked: json_answer(500, {"message": None})
    case = replace(READ, action=CaseAction.RECOVERING, recovery_seconds=0.3)
    assert only(run([case], lab.target())).verdict is CaseVerdict.FAILED


def test_a_call_that_is_repeated_must_be_right_every_time(lab):
    answers = [json_answer(200, PETS), json_answer(500, {"message": None})]
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    result = only(run([replace(READ, action=CaseAction.REPEATED, times=2)], lab.target()))
    assert result.verdict is CaseVerdict.FAILED
    assert re.match("call [12] of 2: 500", result.seen)  # they are made at once


SPOILED = {
    "the caller's header survives": lambda h: h | {"X-Copy": "forged"},
    "another thumbprint": lambda h: h | {"X-Client-Certificate-Thumbprint": "x"},
    "no thumbprint": lambda h: {k: v for k, v in h.items() if "Thumbprint" not in k},
    "no token": lambda h: {k: v for k, v in h.items() if k != "Authorization"},
    "two tokens": lambda h: h | {"authorization": h["Authorization"]},
    "another request id": lambda h: h | {"X-Request-Id": "forged"},
    "another origin": lambda h: h | {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"},
    "another protocol": lambda h: h | {"X-Forwarded-Proto": "http"},
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_mapping_that_is_wrong_in_one_way_is_noticed(lab, spoil):
    """The backend here accepts everything, so only what was sent can give it away."""
    case = replace(READ, arrives=True, forged=("forged",))
    lab.gateway_reply = minting_gateway(lab)
    assert only(run([case], lab.target())).verdict is CaseVerdict.PASSED
    lab.gateway_reply = minting_gateway(lab, spoil=spoil)
    assert only(run([case], lab.target())).verdict is CaseVerdict.FAILED


def test_tokens_of_two_clients_that_are_mixed_up_are_noticed(petstore):
    """A cache without the certificate in its key: everybody gets the first caller's answer."""
    first = {}

    def cached(headers):
        own = dict(headers)
        token = first.setdefault("token", own["Authorization"])
        thumbprint = first.setdefault("thumbprint", own["X-Client-Certificate-Thumbprint"])
        return own | {"Authorization": token, "X-Client-Certificate-Thumbprint": thumbprint}

    case = replace(READ, action=CaseAction.INTERLEAVED, times=3)
    petstore.gateway_reply = minting_gateway(petstore)
    assert only(run([case], petstore.target())).verdict is CaseVerdict.PASSED
    petstore.gateway_reply = minting_gateway(petstore, spoil=cached)
    result = only(run([case], petstore.target()))
    assert result.verdict is CaseVerdict.FAILED
    assert "is not the caller's" in result.reason
