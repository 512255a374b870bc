"""The sample is data of its own folder: its contract, and a backend that can be started."""

import importlib.util
from pathlib import Path

from portcullis.sample import SAMPLE

PROJECT = Path(__file__).parents[2]


def test_contract_and_backend_exist():
    assert (PROJECT / SAMPLE.contract).is_file()
    assert importlib.util.find_spec(f"{SAMPLE.module}.__main__")


def test_its_contract_is_recognised_by_path_and_by_content(tmp_path):
    own = PROJECT / SAMPLE.contract
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(own.read_bytes())
    assert SAMPLE.owns(own, project=PROJECT)
    assert SAMPLE.owns(copy, project=PROJECT)
    copy.write_bytes(own.read_bytes() + b"# changed\n")
    assert not SAMPLE.owns(copy, project=PROJECT)
    assert not SAMPLE.owns(tmp_path / "missing.yaml", project=PROJECT)


def test_in_a_project_without_the_sample_no_contract_is_its(tmp_path):
    contract = tmp_path / "orders.yaml"
    contract.write_text("openapi: 3.0.3\n")
    assert not SAMPLE.owns(contract, project=tmp_path)
