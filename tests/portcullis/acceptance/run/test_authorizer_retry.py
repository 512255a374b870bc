"""Only an unexpected 500 of the authorizer is retried, for five minutes, and the run says so."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.authorizer_retry import INTERVAL_SECONDS, AuthorizerRetry
from portcullis.acceptance.run.runner import run
from portcullis.acceptance.wire.outcome import Answer, Malformed, Moment, Refused, Silent
from tests.portcullis.acceptance.lab import PETS, json_answer
from tests.portcullis.acceptance.run.known import LAYER, READ, only


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def __call__(self):
        return self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def notices():
    return []


@pytest.fixture
def retry(clock, notices):
    return AuthorizerRetry(notices.append, clock=clock, sleep=clock.sleep)


def failure(status=500, gate="authorizer"):
    return Answer(status=status, headers=((LAYER, gate),), body=b'{"message":null}')


FAILED = json_answer(500, {"message": None}, (LAYER, "authorizer"))


def test_an_authorizers_500_is_retried_for_five_minutes_and_no_longer(retry, clock, notices):
    count = 0
    while retry.is_due(READ, failure()):
        count += 1
    assert count == retry.count(READ) == 30
    assert clock.seconds == 300
    assert not retry.is_due(READ, failure())
    assert len(notices) == 1
    assert "KMS may need up to 5 minutes" in notices[0]


@pytest.mark.parametrize(
    "outcome",
    [
        failure(status=403),
        failure(status=502),
        failure(status=504),
        failure(status=429),
        failure(gate="integration"),
        Answer(status=500, headers=(), body=b'{"message":null}'),
        Refused(moment=Moment.REQUEST, words="closed"),
        Silent(seconds=10),
        Malformed(words="bytes"),
    ],
)
def test_no_other_outcome_is_retried(retry, clock, notices, outcome):
    assert not retry.is_due(READ, outcome)
    assert (clock.slept, notices) == ([], [])


def test_a_500_that_the_case_expects_is_not_retried(retry):
    expect = Expect(gate=Gate.AUTHORIZER, statuses=(500,))
    assert not retry.is_due(replace(READ, expect=expect), failure())


def test_the_last_wait_ends_with_the_five_minutes(retry, clock):
    clock.seconds = 296
    assert retry.is_due(READ, failure())
    assert clock.slept == [4]
    assert not retry.is_due(READ, failure())


def test_the_retries_of_cases_that_overlap_are_counted_apart(retry, notices):
    other = replace(READ, name="other")
    for case in (READ, other, READ):
        assert retry.is_due(case, failure())
    assert (retry.count(READ), retry.count(other)) == (2, 1)
    assert len(notices) == 1


def answering(lab, *answers):
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), len(answers)) - 1]


def test_a_call_that_succeeds_after_retries_passes_and_says_so(lab, retry, clock, notices):
    answering(lab, FAILED, FAILED, json_answer(200, PETS))
    report = run([READ, replace(READ, name="again")], lab.target(), retry=retry)
    first, second = report.results
    assert first.verdict is CaseVerdict.PASSED
    assert first.seen.endswith("(after 2 retries of the authorizer's 500)")
    assert "retries" not in second.seen
    assert clock.slept == [INTERVAL_SECONDS] * 2
    assert len(notices) == 1


def test_a_call_that_goes_on_failing_fails_after_five_minutes(lab, retry, clock):
    answering(lab, FAILED)
    report = run([READ, replace(READ, name="again")], lab.target(), retry=retry)
    assert {result.verdict for result in report.results} == {CaseVerdict.FAILED}
    assert clock.seconds == 300
    assert report.results[1].seen.startswith("500")


def test_another_failure_fails_at_once(lab, retry, clock):
    answering(lab, json_answer(504, {"message": None}, (LAYER, "integration")))
    assert only(run([READ], lab.target(), retry=retry)).verdict is CaseVerdict.FAILED
    assert len(lab.gateway.asked) == 1


def test_without_retries_a_500_fails_at_once(lab):
    answering(lab, FAILED)
    assert only(run([READ], lab.target())).verdict is CaseVerdict.FAILED
    assert len(lab.gateway.asked) == 1
