"""The reason for an answer comes from the gate log's line of that answer, and from no other."""

import json

import pytest

from portcullis.acceptance.run import gate_reason
from portcullis.acceptance.run.gate_reason import problem_of_reason
from portcullis.acceptance.wire.outcome import Answer, Silent

TIMEOUT = "the authorizer failed: Timeout"
UNKNOWN = "the gate log gives no reason for this answer"


def answer(request_id):
    return Answer(status=500, headers=(("x-amzn-RequestId", request_id),), body=b"")


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "gates.jsonl"
    lines = [
        {"requestId": "one", "reason": TIMEOUT},
        {"requestId": "two", "reason": "the authorizer failed: Unhandled: signing_failed"},
        {"requestId": "three", "path": "/one", "reason": "the backend answered"},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_each_answer_has_its_own_reason(log):
    assert problem_of_reason(log, answer("one"), TIMEOUT) is None
    assert problem_of_reason(log, answer("two"), "the authorizer failed: Unhandled") is None
    assert problem_of_reason(log, answer("two"), TIMEOUT) == (
        "the gate log says: the authorizer failed: Unhandled: signing_failed"
    )


@pytest.mark.parametrize(
    "outcome",
    [answer("four"), answer(""), Answer(status=500, headers=(), body=b""), Silent(seconds=1), None],
)
def test_an_answer_without_a_line_has_no_reason(log, outcome):
    assert problem_of_reason(log, outcome, TIMEOUT) == UNKNOWN


def test_a_log_that_cannot_be_read_gives_no_reason(tmp_path):
    assert problem_of_reason(tmp_path / "absent", answer("one"), TIMEOUT) == UNKNOWN


def test_only_the_end_of_a_log_is_read_and_a_cut_line_is_passed_over(log, monkeypatch):
    monkeypatch.setattr(gate_reason, "READ_BYTES", log.stat().st_size - 20)  # in the first line
    assert problem_of_reason(log, answer("one"), TIMEOUT) == UNKNOWN
    assert problem_of_reason(log, answer("two"), "the authorizer failed: Unhandled") is None
