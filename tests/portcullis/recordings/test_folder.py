"""The index of a recording, and the evidence that it gives for an answer of AWS."""

import json

import pytest

from portcullis.recordings.errors import RecordingError
from portcullis.recordings.folder import Index, RecordedCase, Recordings, snapshot_file
from portcullis.recordings.snapshot import ANSWER, Snapshot

BLOCKED = Snapshot(
    case="blocked",
    gate="web-acl",
    end=ANSWER,
    status=403,
    headers=(("x-amzn-errortype", "ForbiddenException"),),
    body={"message": "Forbidden"},
)
REFUSED = Snapshot(case="no-certificate", gate="tls", end="connection refused")
ROW = {"status": 403, "error_type": "ForbiddenException", "body": {"message": "Forbidden"}}


def index(target="aws", *, as_expected=True):
    case = RecordedCase(date="2026-11-28", as_expected=as_expected)
    return Index(
        target=target, region="eu-central-1", cases={"blocked": case, "no-certificate": case}
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "index.json").write_text(index().to_text())
    for snapshot in (BLOCKED, REFUSED):
        snapshot_file(tmp_path, snapshot.case).write_text(snapshot.to_text())
    return tmp_path


def recordings(**changed):
    return Recordings(
        index=index(**changed), snapshots={"blocked": BLOCKED, "no-certificate": REFUSED}
    )


def test_a_folder_is_read_as_it_was_written(folder):
    assert Recordings.read(folder) == recordings()


def test_a_recorded_case_without_its_snapshot_is_an_error(folder):
    snapshot_file(folder, "blocked").unlink()
    with pytest.raises(RecordingError, match=r"blocked\.json cannot be read"):
        Recordings.read(folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"target": 1}, "'target' of type str"),
        ({"region": None}, "'region' of type str"),
        ({"cases": []}, "'cases' of type dict"),
        ({"cases": {"blocked": 1}}, "an object for each case"),
        ({"cases": {"blocked": {"date": "today", "as_expected": True}}}, "'today'"),
        ({"cases": {"blocked": {"date": "2026-11-28"}}}, "'as_expected' of type bool"),
    ],
)
def test_a_faulty_index_is_an_error(folder, changed, message):
    described = json.loads(index().to_text()) | changed
    (folder / "index.json").write_text(json.dumps(described))
    with pytest.raises(RecordingError, match=rf"index\.json .*{message}"):
        Index.read(folder)


def test_a_recorded_answer_of_aws_is_evidence_with_date_and_region():
    assert recordings().evidence("blocked", **ROW) == "recorded, 2026-11-28, eu-central-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"status": 404},
        {"error_type": "OtherException"},
        {"body": {"message": "No"}},
        {"body": None},
    ],
)
def test_another_answer_is_no_evidence(changed):
    assert recordings().evidence("blocked", **(ROW | changed)) is None


def test_a_laptop_or_an_unexpected_answer_or_a_refusal_is_no_evidence():
    assert recordings(target="laptop").evidence("blocked", **ROW) is None
    assert recordings(as_expected=False).evidence("blocked", **ROW) is None
    assert recordings().evidence("no-certificate", **ROW) is None
    assert recordings().evidence("other", **ROW) is None
