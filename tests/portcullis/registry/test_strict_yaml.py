"""YAML is parsed strictly."""

import pytest

from portcullis.registry import RegistryError, load
from tests.portcullis.registry.making import SCOPES


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "is empty"),
        (b"# only a comment\n", 1, "is empty"),
        (b"clients: [\n", 2, "is not YAML"),
        (b"a: b: c\n", 1, "is not YAML"),
        (b"\tclients: []", 1, "is not YAML"),
        (b"clients: []\n---\nclients: []\n", 2, "is not YAML"),
        (b"clients: []\nname: \xff\n", 2, "is not UTF-8"),
        (b"clients: &all []\n", 1, "anchor"),
        (b"clients: []\nrevoked: *all\n", 2, "anchor"),
        (b"clients: !!python/object/apply:os.system ['true']\n", 1, "tag"),
        (b"clients: !!str []\n", 1, "tag"),
        (b"[]", 1, "must be a mapping"),
        (b"clients", 1, "must be a mapping"),
        (b"clients: {}", 1, "must be a list"),
        (b"clients: null", 1, "must be a list"),
        (b"clients: [null]", 1, "must be a mapping"),
        (b"revoked: []", 1, "has no clients"),
        (b"? [a]\n: b\n", 1, "a key that is not a string"),
        (b"clients: " + b"[" * 200_000 + b"]" * 200_000, 1, "nests deeper"),
        (None, 1, "cannot be read"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_a_file_that_is_no_registry_is_refused(tmp_path, content, line, message):
    path = tmp_path / "clients.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RegistryError) as caught:
        load(path, known_scopes=SCOPES)
    assert any(message in problem.message for problem in caught.value.problems)
    assert caught.value.problems[0].line == line


def test_numbers_and_words_of_yaml_stay_the_text_they_are(read):
    (client,) = read(
        "clients: [{id: 007, match: [{subject: {CN: no, serialNumber: 0123}, issuer: {CN: 1e3}}], "
        "scopes: [pets:read], status: active}]"
    ).clients
    assert client.id == "007"
    assert client.match[0].value == '[["2.5.4.3","no"],["2.5.4.5","0123"]]'
