"""A run is written to a folder: readable, in a stable order, without secrets."""

import datetime
import json
import stat

import pytest

from portcullis.acceptance.recording.record import OtherRecordingError, prepare, record
from portcullis.acceptance.run.runner import run
from portcullis.recordings.errors import RecordingError
from portcullis.recordings.folder import Index, Recordings
from tests.portcullis.acceptance.lab import json_answer
from tests.portcullis.acceptance.run.known import BY_NAME, READ

TODAY = datetime.date(2026, 11, 28)


@pytest.fixture
def write(lab, tmp_path):
    """Run cases against the lab and record them."""
    folder = tmp_path / "recording"

    def of(*cases, today=TODAY, region="eu-central-1"):
        target = lab.target()
        index = prepare(folder, target, region)
        record(run(cases, target), target, folder, index, today)
        return folder

    return of


def test_each_tried_case_has_a_snapshot_and_an_entry_in_the_index(write):
    folder = write(READ, BY_NAME["blocked-address"], BY_NAME["revoked"])
    assert {file.name for file in folder.iterdir()} == {
        "index.json",
        "read.json",
        "blocked-address.json",
    }
    index = Index.read(folder)
    assert (index.target, index.region) == ("laptop", "eu-central-1")
    assert {name: case.as_expected for name, case in index.cases.items()} == {
        "read": True,
        "blocked-address": False,  # the lab answers 200
    }
    assert {case.date for case in index.cases.values()} == {"2026-11-28"}


def test_the_files_are_the_same_whenever_they_are_written(write):
    first = {file.name: file.read_bytes() for file in write(READ).iterdir()}
    second = {file.name: file.read_bytes() for file in write(READ).iterdir()}
    assert first == second


def test_every_user_may_read_the_files(write):
    assert {stat.S_IMODE(file.stat().st_mode) for file in write(READ).iterdir()} == {0o644}


def test_a_later_recording_replaces_its_own_cases_only(write):
    write(READ, BY_NAME["valid-read"])
    folder = write(READ, today=datetime.date(2026, 12, 1))
    dates = {name: case.date for name, case in Index.read(folder).cases.items()}
    assert dates == {"read": "2026-12-01", "valid-read": "2026-11-28"}


def test_a_case_that_reached_nothing_keeps_its_former_snapshot(lab, write):
    write(READ)
    lab.gateway.close()
    folder = write(READ, today=datetime.date(2026, 12, 1))
    assert Recordings.read(folder).index.cases["read"].date == "2026-11-28"


def test_another_region_needs_another_folder(write):
    write(READ)
    with pytest.raises(OtherRecordingError, match="laptop in eu-central-1, not of laptop in us-"):
        write(READ, region="us-east-1")


def test_a_folder_with_other_files_is_not_written_to(write, tmp_path):
    (tmp_path / "recording").mkdir()
    (tmp_path / "recording" / "notes.txt").write_text("mine")
    with pytest.raises(OtherRecordingError, match=r"holds other files and no index\.json"):
        write(READ)


def test_a_file_in_place_of_the_folder_is_an_error_before_anything_is_sent(lab, write, tmp_path):
    (tmp_path / "recording").write_text("mine")
    with pytest.raises(OtherRecordingError, match="not a usable folder: File exists"):
        write(READ)
    assert lab.gateway.asked == []


def test_a_faulty_index_is_an_error_before_anything_is_sent(lab, write, tmp_path):
    (tmp_path / "recording").mkdir()
    (tmp_path / "recording" / "index.json").write_text("{}")
    with pytest.raises(RecordingError):
        write(READ)
    assert lab.gateway.asked == []


def test_no_token_address_or_id_is_recorded(lab, write):
    secrets = {
        "token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwZXQifQ.c2lnbmF0dXJl",
        "address": "192.0.2.44",
        "account": "123456789012",
    }
    headers = [("X-Copy", value) for value in secrets.values()]
    headers += [("Set-Cookie", "session=hunter2"), ("Authorization", "Basic aHVudGVyMg==")]
    lab.gateway_reply = lambda _asked: json_answer(200, secrets, *headers)
    text = json.dumps(
        {file.name: file.read_text() for file in write(READ).iterdir() if file.is_file()}
    )
    for secret in (*secrets.values(), "hunter2", "aHVudGVyMg"):
        assert secret not in text
    assert f"localhost:{lab.gateway.port}" not in text
