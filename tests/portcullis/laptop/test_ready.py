"""The description of a running laptop: one JSON file, replaced as a whole."""

import json
from dataclasses import fields

from portcullis.laptop.ready import KmsKey, Ready


def ready(**facts):
    whole = dict.fromkeys((field.name for field in fields(Ready)), "") | {"kms": None} | facts
    return Ready(**whole)


def test_it_is_written_as_json_and_no_draft_stays(tmp_path):
    path = tmp_path / "ready.json"
    path.write_text("an earlier run")
    described = ready(kms=KmsKey(endpoint="http://127.0.0.1:1", key="arn"), rate_limit=300)
    described.write(path)
    assert json.loads(path.read_text()) == described.to_json()
    assert described.to_json()["kms"] == {"endpoint": "http://127.0.0.1:1", "key": "arn"}
    assert [file.name for file in tmp_path.iterdir()] == ["ready.json"]
