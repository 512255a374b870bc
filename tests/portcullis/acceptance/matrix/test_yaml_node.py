"""Nodes of a case file: each wrong type or key is an error with file and line."""

import pytest

from portcullis.acceptance.errors import CaseFileError
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.yaml_node import YamlNode, read


@pytest.fixture
def node(tmp_path):
    def of(text):
        (tmp_path / "x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(tmp_path / "x.yaml")

    return of


def test_values_keep_their_type(node):
    members = node("a: x\nb: 7\nc: true\nd: [1, {e: null}]\nf: web-acl\n").members("abcdf")
    assert members["a"].text() == "x"
    assert members["b"].number() == 7
    assert members["c"].flag() is True
    assert members["d"].json() == [1, {"e": None}]
    assert members["f"].member_of(Gate) is Gate.WEB_ACL


@pytest.mark.parametrize(
    ("text", "call", "message"),
    [
        ("[]", lambda node: node.members("a"), "must be a mapping"),
        ("{b: 1}", lambda node: node.members("a"), "'b' is not accepted here; accepted: a"),
        ("{}", lambda node: node.members("a", "a"), "'a' is missing"),
        ("{a: 1, a: 2}", lambda node: node.members("a"), "'a' occurs twice"),
        ("{1: 2}", lambda node: node.members("a"), "must be a string"),
        ("{}", YamlNode.items, "must be a list"),
        ("[]", YamlNode.text, "must be a string"),
        ("7", YamlNode.text, "must be a string"),
        ("true", YamlNode.number, "must be a whole number"),
        ("'7'", YamlNode.number, "must be a whole number"),
        ("1", YamlNode.flag, "must be true or false"),
        ("web_acl", lambda node: node.member_of(Gate), "accepted: tls, http"),
    ],
)
def test_another_type_or_key_is_an_error(node, text, call, message):
    with pytest.raises(CaseFileError, match=rf"x\.yaml:2: .*{message}"):
        call(node(f"# a comment\n{text}\n"))


@pytest.mark.parametrize("text", ["", "{", "a: 1\n---\nb: 2\n", b"\xff", "a: \x01"])
def test_a_file_that_is_not_one_yaml_document_is_an_error(node, text):
    with pytest.raises(CaseFileError, match=r"x\.yaml:\d+: is "):
        node(text)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(CaseFileError, match=r"absent\.yaml:1: cannot be read: No such file"):
        read(tmp_path / "absent.yaml")
