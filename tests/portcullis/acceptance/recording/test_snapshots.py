"""How a case ended, as a snapshot without the names of the target."""

from dataclasses import replace

import pytest

from portcullis.acceptance.recording.snapshots import normaliser, snapshot_of
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Moment,
    Refused,
    Silent,
    Unreachable,
)
from portcullis.recordings.snapshot import ANSWER
from tests.portcullis.acceptance.run.known import READ


@pytest.fixture
def normalised(lab):
    return normaliser(lab.target())


def test_an_answer_keeps_status_headers_and_body(normalised):
    outcome = Answer(status=200, headers=(("A", "1"),), body=b"[1]")
    snapshot = snapshot_of(READ, outcome, normalised)
    assert (snapshot.case, snapshot.gate, snapshot.end) == ("read", "backend", ANSWER)
    assert (snapshot.status, snapshot.headers, snapshot.body) == (200, (("a", "1"),), [1])
    assert snapshot_of(READ, replace(outcome, further=1), normalised).end == "2 answers"


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (Refused(moment=Moment.HANDSHAKE, words="alert 70"), "connection refused"),
        (Refused(moment=Moment.REQUEST, words="closed"), "connection refused"),
        (Silent(seconds=10), "no answer"),
        (Malformed(words="bytes"), "not HTTP"),
        (Unreachable(words="gone"), "unreachable"),
    ],
)
def test_any_other_end_is_named_without_its_words(normalised, outcome, end):
    snapshot = snapshot_of(READ, outcome, normalised)
    assert snapshot.end == end
    assert "alert" not in snapshot.to_text()


def test_names_and_addresses_of_the_target_are_replaced(lab, normalised):
    target = lab.target()
    text = f"{target.gateway.authority} localhost {target.backend.authority}"
    outcome = Answer(status=200, headers=(("Location", text),), body=b"")
    assert snapshot_of(READ, outcome, normalised).headers == (
        ("location", "{gateway} {gateway} {address}"),
    )
