"""Entries are written so that YAML reads the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.registry.file_store import FileStore
from portcullis.registry.store import (
    add,
)
from portcullis.registry.yaml_lines import scalar
from tests.portcullis.registry.making import client

TEXT = st.text(st.characters(blacklist_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)


@given(TEXT)
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("registry") / "clients.yaml"
    path.write_text("clients: []\n")
    store = FileStore(path)
    plan = store.plan(add(client(description=text)))
    plan.write()
    assert store.read().clients[0].description == text


@pytest.mark.parametrize(
    "word", ["no", "Null", "1e3", "a: b", "a #b", "-", "", "ünï", "a, b", "{x}"]
)
def test_what_yaml_would_read_otherwise_is_quoted(word):
    assert scalar(word).startswith('"')
