"""A snapshot is written in a stable order and read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.recordings.errors import RecordingError
from portcullis.recordings.snapshot import ANSWER, Snapshot

SNAPSHOT = Snapshot(
    case="blocked",
    gate="web-acl",
    end=ANSWER,
    status=403,
    headers=(("content-type", "application/json"), ("x-a", "1: 2"), ("x-a", "3")),
    body={"message": "Forbidden"},
)


@pytest.fixture
def write(tmp_path):
    def of(described, name="blocked"):
        file = tmp_path / f"{name}.json"
        file.write_text(described if isinstance(described, str) else json.dumps(described))
        return file

    return of


@pytest.mark.parametrize(
    "snapshot",
    [
        SNAPSHOT,
        Snapshot(case="blocked", gate="tls", end="connection refused"),
        Snapshot(case="blocked", gate="http", end=ANSWER, status=400, body=["a", ""], is_text=True),
        Snapshot(case="blocked", gate="http", end=ANSWER, status=204, body=None),
    ],
)
def test_a_snapshot_is_read_as_it_was_written(write, snapshot):
    assert Snapshot.read(write(snapshot.to_text())) == snapshot


def test_a_snapshot_is_readable_text():
    assert SNAPSHOT.to_text().splitlines()[:5] == [
        "{",
        '  "case": "blocked",',
        '  "gate": "web-acl",',
        '  "end": "answer",',
        '  "status": 403,',
    ]


def test_a_header_that_occurs_twice_has_no_single_value():
    assert SNAPSHOT.header("content-type") == "application/json"
    assert SNAPSHOT.header("x-a") is None
    assert SNAPSHOT.header("x-b") is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"case": "other"}, "is of the case 'other'"),
        ({"status": "403"}, "'status' of type int"),
        ({"status": True}, "'status' of type int"),
        ({"headers": {}}, "'headers' of type list"),
        ({"headers": ["a"]}, "not 'name: value'"),
        ({"headers": [1]}, "not 'name: value'"),
        ({"gate": None}, "'gate' of type str"),
        ({"extra": 1}, "unknown member 'extra'"),
        ({"text": ["a"]}, "'json' or 'text', not both"),
    ],
)
def test_a_faulty_snapshot_is_an_error(write, changed, message):
    described = json.loads(SNAPSHOT.to_text()) | changed
    with pytest.raises(RecordingError, match=rf"blocked\.json .*{message}"):
        Snapshot.read(write(described))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_a_file_without_a_json_object_is_an_error(write, text):
    with pytest.raises(RecordingError, match="is not"):
        Snapshot.read(write(text))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(RecordingError, match="No such file"):
        Snapshot.read(tmp_path / "absent.json")


@given(
    st.dictionaries(
        st.sampled_from(["case", "gate", "end", "status", "headers", "json", "text"]),
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_no_object_breaks_the_reader(tmp_path_factory, described):
    file = tmp_path_factory.mktemp("s") / "blocked.json"
    file.write_text(json.dumps(described))
    try:
        snapshot = Snapshot.read(file)
    except RecordingError:
        return
    assert snapshot.case == "blocked"
