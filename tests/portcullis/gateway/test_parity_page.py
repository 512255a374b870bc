"""The page about the gateway's reach is the one that its tables give."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from portcullis.gateway.gates.answers import ANSWERS
from portcullis.recordings.folder import Index, RecordedCase, Recordings
from portcullis.recordings.snapshot import ANSWER, Snapshot
from tests.portcullis.acceptance.sample_matrix import sample

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "gateway-parity.md"
parity = SimpleNamespace(**runpy.run_path(str(DOCS / "gateway_parity_page.py")))


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == parity.render(parity.recorded_answers()), (
        "Run: .venv/bin/python docs/gateway_parity_page.py"
    )


def recordings(*, status=403, body=None, target="aws"):
    """A recording of one case that the page asks for."""
    snapshot = Snapshot(
        case="unknown-route",
        gate="route",
        end=ANSWER,
        status=status,
        headers=(("x-amzn-errortype", "MissingAuthenticationTokenException"),),
        body=body or {"message": "Missing Authentication Token"},
    )
    case = RecordedCase(date="2026-11-28", as_expected=True)
    index = Index(target=target, region="eu-central-1", cases={"unknown-route": case})
    return Recordings(index=index, snapshots={"unknown-route": snapshot})


def rows(page):
    return [
        line for line in page.splitlines() if line.endswith("recorded, 2026-11-28, eu-central-1 |")
    ]


def test_a_row_that_a_recording_confirms_names_date_and_region():
    (row,) = rows(parity.render(recordings()))
    assert "MISSING_AUTHENTICATION_TOKEN" in row


@pytest.mark.parametrize(
    "recorded",
    [None, recordings(status=404), recordings(body={"message": "No"}), recordings(target="laptop")],
    ids=["none", "status", "body", "laptop"],
)
def test_a_row_that_no_recording_confirms_keeps_its_evidence(recorded):
    assert parity.render(recorded) == parity.render()
    assert rows(parity.render(recorded)) == []


def test_every_row_that_a_recording_may_confirm_names_a_case_of_the_sample():
    known = {case.name for case in sample().cases}
    assert set(parity._CASES) | parity._CAPTURED | parity._INFERRED <= set(ANSWERS)
    assert set(parity._CASES.values()) <= known
