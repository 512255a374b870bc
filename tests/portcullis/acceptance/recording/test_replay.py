"""A replay finds every change of status, header and body, and nothing in an unchanged stack."""

import datetime
from dataclasses import replace

import pytest

from portcullis.acceptance.recording.record import prepare, record
from portcullis.acceptance.recording.replay import compared, differences
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.runner import run
from portcullis.errors import ExitCode
from portcullis.recordings.folder import Recordings
from portcullis.recordings.snapshot import ANSWER, Snapshot
from tests.portcullis.acceptance.lab import PETS, http, json_answer
from tests.portcullis.acceptance.run.known import BY_NAME, FORBIDDEN, LAYER, READ, only

SNAPSHOT = Snapshot(
    case="read",
    gate="backend",
    end=ANSWER,
    status=200,
    headers=(("a", "1"), ("b", "1"), ("b", "2")),
    body={"pets": [1, {"id": True}], "note": "x"},
)
TEXT = replace(SNAPSHOT, body=["one", "two"], is_text=True)


@pytest.mark.parametrize("snapshot", [SNAPSHOT, TEXT, replace(SNAPSHOT, body=None)])
def test_the_same_snapshot_has_no_difference(snapshot):
    assert list(differences(snapshot, replace(snapshot))) == []


@pytest.mark.parametrize(
    ("recorded", "changed", "text"),
    [
        (SNAPSHOT, {"status": 403}, "status: recorded 200, now 403"),
        (SNAPSHOT, {"end": "connection refused"}, "end: recorded answer, now connection refused"),
        (
            SNAPSHOT,
            {"headers": (("a", "2"), ("b", "1"), ("b", "2"))},
            "header a: recorded '1', now '2'",
        ),
        (SNAPSHOT, {"headers": (("b", "1"), ("b", "2"))}, "header a: recorded '1', now absent"),
        (
            SNAPSHOT,
            {"headers": (("a", "1"), ("b", "1"))},
            "header b: recorded ['1', '2'], now '1'",
        ),
        (
            SNAPSHOT,
            {"headers": (*SNAPSHOT.headers, ("c", "1"))},
            "header c: recorded absent, now '1'",
        ),
        (
            SNAPSHOT,
            {"body": {"pets": [2, {"id": True}], "note": "x"}},
            "body.pets[0]: recorded 1, now 2",
        ),
        (
            SNAPSHOT,
            {"body": {"pets": [1, {"id": 1}], "note": "x"}},
            "body.pets[1].id: recorded True, now 1",
        ),
        (
            SNAPSHOT,
            {"body": {"pets": [1], "note": "x"}},
            "body.pets: recorded [1, {'id': True}], now [1]",
        ),
        (
            SNAPSHOT,
            {"body": {"pets": [1, {"id": True}]}},
            "body.note: recorded 'x', now absent",
        ),
        (
            SNAPSHOT,
            {"body": {**SNAPSHOT.body, "more": 1}},
            "body.more: recorded absent, now 1",
        ),
        (SNAPSHOT, {"body": ["x"], "is_text": True}, "body: recorded JSON, now text"),
        (TEXT, {"body": ["one", "zwei"]}, "body[1]: recorded 'two', now 'zwei'"),
    ],
)
def test_a_difference_is_named(recorded, changed, text):
    assert list(differences(recorded, replace(recorded, **changed))) == [text]


# --- a run against a recording ------------------------------------------------------------------

BLOCKED = BY_NAME["blocked-address"]
RIGHT = json_answer(200, PETS, ("X-Trace", "1"), ("x-amzn-RequestId", "first"))


@pytest.fixture
def recording(lab, tmp_path):
    """The lab's answers to a read and to a blocked address, recorded."""
    lab.gateway_reply = answering(RIGHT)
    target, folder = lab.target(), tmp_path / "recording"
    index = prepare(folder, target, "eu-central-1")
    report = run([READ, BLOCKED], target)
    record(report, target, folder, index, datetime.date(2026, 11, 28))
    return Recordings.read(folder)


def answering(read):
    """Blocks the blocked address, and answers any other call with ``read``."""

    def reply(asked):
        if asked.source == "127.0.1.1":
            return json_answer(403, FORBIDDEN, (LAYER, "web-acl"))
        return read

    return reply


@pytest.fixture
def replay(lab, recording):
    def run_again(*cases):
        target = lab.target()
        return compared(run(cases or [READ, BLOCKED], target), target, recording)

    return run_again


def test_an_unchanged_stack_is_as_recorded(replay):
    report = replay()
    assert {result.verdict for result in report.results} == {CaseVerdict.PASSED}
    assert report.exit_code is ExitCode.OK


def test_a_new_id_is_not_a_difference(lab, replay):
    lab.gateway_reply = answering(
        json_answer(200, PETS, ("X-Trace", "1"), ("x-amzn-RequestId", "second"))
    )
    assert replay().exit_code is ExitCode.OK


CHANGED = {
    "status": (
        json_answer(201, PETS, ("X-Trace", "1"), ("x-amzn-RequestId", "a")),
        "status: recorded 200, now 201",
    ),
    "header": (
        json_answer(200, PETS, ("X-Trace", "2"), ("x-amzn-RequestId", "a")),
        "header x-trace: recorded '1', now '2'",
    ),
    "missing header": (
        json_answer(200, PETS, ("X-Trace", "1")),
        "header x-amzn-requestid: recorded '{id}', now absent",
    ),
    "body": (
        json_answer(
            200,
            [PETS[0], PETS[1] | {"price": 1.5}, PETS[2]],
            ("X-Trace", "1"),
            ("x-amzn-RequestId", ""),
        ),
        "body[1].price: recorded 124.99, now 1.5",
    ),
    "text": (
        http(200, b"hello", ("X-Trace", "1"), ("x-amzn-RequestId", "a")),
        "body: recorded JSON, now text",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), CHANGED.values(), ids=CHANGED)
def test_a_change_fails_its_case_and_no_other(lab, replay, answer, reason):
    lab.gateway_reply = answering(answer)
    report = replay()
    read, blocked = report.results
    assert read.verdict is CaseVerdict.FAILED
    assert reason in read.reason
    assert blocked.verdict is CaseVerdict.PASSED
    assert report.exit_code is ExitCode.FAILED


def test_a_refused_connection_in_place_of_an_answer_fails(lab, replay):
    lab.gateway_reply = lambda _asked: None
    assert "end: recorded answer, now connection refused" in replay().results[0].reason


def test_an_answer_that_differed_from_the_matrix_when_recorded_is_right_in_a_replay(lab, tmp_path):
    lab.gateway_reply = answering(json_answer(200, PETS[:2]))
    target, folder = lab.target(), tmp_path / "recording"
    report = run([READ], target)
    assert only(report).verdict is CaseVerdict.FAILED
    record(report, target, folder, prepare(folder, target, "r"), datetime.date(2026, 11, 28))
    again = only(compared(run([READ], target), target, Recordings.read(folder)))
    assert (again.verdict, again.reason) == (CaseVerdict.PASSED, "")


def test_a_case_that_passed_when_recorded_must_still_pass(lab, replay):
    """The answer is the same, but nothing reached the backend."""
    result = replay(replace(READ, arrives=True)).results[0]
    assert result.verdict is CaseVerdict.FAILED


def test_a_skipped_case_stays_skipped_and_alone_proves_nothing(lab, recording):
    target = replace(lab.target(), sources=None)
    report = compared(run([BLOCKED], target), target, recording)
    assert only(report).verdict is CaseVerdict.SKIPPED
    assert report.exit_code is ExitCode.FAILED
