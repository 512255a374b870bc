"""Text transformations: a table of what goes in and comes out, and that nothing crashes them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.waf.transformations import TRANSFORMATIONS

# As in the API Reference, TextTransformation.
NAMES_OF_AWS = {
    "NONE", "COMPRESS_WHITE_SPACE", "HTML_ENTITY_DECODE", "LOWERCASE", "CMD_LINE", "URL_DECODE",
    "BASE64_DECODE", "HEX_DECODE", "MD5", "REPLACE_COMMENTS", "ESCAPE_SEQ_DECODE", "SQL_HEX_DECODE",
    "CSS_DECODE", "JS_DECODE", "NORMALIZE_PATH", "NORMALIZE_PATH_WIN", "REMOVE_NULLS",
    "REPLACE_NULLS", "BASE64_DECODE_EXT", "URL_DECODE_UNI", "UTF8_TO_UNICODE",
}  # fmt: skip

CASES = [
    ("NONE", b"A%41\0", b"A%41\0"),
    ("LOWERCASE", b"ABC \xc3\x84", b"abc \xc3\x84"),
    ("COMPRESS_WHITE_SPACE", b"a \t\n\r\f\v\xa0b", b"a b"),
    ("COMPRESS_WHITE_SPACE", b"ab", b"ab"),
    ("CMD_LINE", b"C^M\"D, /C 'dir'; X", b"cmd/c dir x"),
    ("CMD_LINE", b"foo   (bar)", b"foo(bar)"),
    ("CMD_LINE", "è  à".encode(), "è à".encode()),
    ("URL_DECODE", b"a%2Fb+c%zz", b"a/b c%zz"),
    ("URL_DECODE", b"%2541", b"%41"),
    ("URL_DECODE_UNI", b"%u0041%u00e4%42", b"A\xe4B"),
    ("URL_DECODE_UNI", b"%uFF1Cscript%uFF1E", b"<script>"),
    ("URL_DECODE_UNI", b"%u004", b"%u004"),
    ("URL_DECODE_UNI", b"%U003cb", b"<b"),
    ("HTML_ENTITY_DECODE", b"&lt;&gt;&quot;&nbsp;&#65;&#x42;", b'<>"\xa0AB'),
    ("HTML_ENTITY_DECODE", b"&LT;b&GT;&QUOT;&#X42;", b'<b>"B'),
    ("HTML_ENTITY_DECODE", b"&amp;lt; &unknown;", b"&amp;lt; &unknown;"),
    ("HTML_ENTITY_DECODE", b"&#" + b"0" * 30 + b"65;&#x" + b"0" * 30 + b"42;&#0;", b"AB\0"),
    ("HTML_ENTITY_DECODE", b"&#8364;", "€".encode()),
    ("HTML_ENTITY_DECODE", b"&#99999999;&#xffffffff;&#xd800;", b""),
    ("NORMALIZE_PATH", b"/a//b/./c/../d", b"/a/b/d"),
    ("NORMALIZE_PATH", b"../../a/b/../c", b"../../a/c"),
    ("NORMALIZE_PATH", b"/../../etc", b"/etc"),
    ("NORMALIZE_PATH", b"/a/b/", b"/a/b/"),
    ("NORMALIZE_PATH", b"/a/b/.", b"/a/b"),
    ("NORMALIZE_PATH", b"/a/b/./", b"/a/b/"),
    ("NORMALIZE_PATH", b"/a/b/..", b"/a"),
    ("NORMALIZE_PATH", b"/a/b/../", b"/a/"),
    ("NORMALIZE_PATH", b"/..", b"/"),
    ("NORMALIZE_PATH", b"/.", b"/"),
    ("NORMALIZE_PATH", b"./", b""),
    ("NORMALIZE_PATH", b"../", b"../"),
    ("NORMALIZE_PATH", b"/", b"/"),
    ("NORMALIZE_PATH", b"", b""),
    ("NORMALIZE_PATH_WIN", b"a\\..\\b\\\\c", b"b/c"),
    ("BASE64_DECODE", b"YWJj", b"abc"),
    ("BASE64_DECODE", b"YWJj!ZGVm", b"abc"),
    ("BASE64_DECODE", b"YWJ", b"ab"),
    ("BASE64_DECODE", b"Y", b""),
    ("BASE64_DECODE_EXT", b"Y W\nJ.j", b"abc"),
    ("HEX_DECODE", b"616263", b"abc"),
    ("HEX_DECODE", b"4a4B", b"JK"),
    ("HEX_DECODE", b"61626", b"ab"),
    ("HEX_DECODE", b"6", b""),
    ("HEX_DECODE", b"61 62", b"a\x06"),
    ("HEX_DECODE", b"xyz", b"2"),
    ("MD5", b"abc", hashlib.md5(b"abc", usedforsecurity=False).digest()),
    ("REMOVE_NULLS", b"a\0b\0", b"ab"),
    ("REPLACE_NULLS", b"a\0b", b"a b"),
    ("REPLACE_COMMENTS", b"un/* x */ion/**/sel /* open", b"un ion sel  "),
    ("REPLACE_COMMENTS", b"a */ b", b"a */ b"),
    ("ESCAPE_SEQ_DECODE", rb"\a\n\x41\101\\\q", b"\a\nAA\\\\q"),
    ("JS_DECODE", rb"\u0041\x42\103\n\'\uFF1C", b"ABC\n'<"),
    ("JS_DECODE", rb"\400\377\18", b" 0\xff\x018"),
    ("CSS_DECODE", rb"ja\vascript\41 B\000043", b"javascriptABC"),
    ("CSS_DECODE", rb"\1\41\141\0041", b"\x01AAA"),
    ("CSS_DECODE", rb"\ff1c\00ff1c\0ff1c", b"<<<"),
    ("CSS_DECODE", rb"\1ff1c\10ff1c", b"\x1c\x1c"),
    ("CSS_DECODE", b"\\41\vB\\41  C", b"AB" + b"A C"),
    ("CSS_DECODE", b"a\\\nb\\\r\nc", b"ab\r\nc"),
    ("CSS_DECODE", b"end\\", b"end"),
    ("SQL_HEX_DECODE", b"x=0x414243 0xG 0x4", b"x=ABC 0xG 0x4"),
    ("UTF8_TO_UNICODE", "aä€".encode(), b"a%u00e4%u20ac"),
    ("UTF8_TO_UNICODE", b"\xff", b"\xff"),
]


def test_every_transformation_of_aws_is_there():
    assert set(TRANSFORMATIONS) == NAMES_OF_AWS


def test_every_transformation_has_a_case():
    assert {name for name, _, _ in CASES} == NAMES_OF_AWS


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_a_transformation_turns_one_text_into_the_other(name, text, expected):
    assert TRANSFORMATIONS[name](text) == expected


@pytest.mark.parametrize("name", sorted(NAMES_OF_AWS))
@given(text=st.binary(max_size=200))
def test_no_text_breaks_a_transformation(name, text):
    assert isinstance(TRANSFORMATIONS[name](text), bytes)


@given(text=st.text("\\%&#;ux0123456789abcdefABCDEF+/=*'\"<>. \n", max_size=80))
@pytest.mark.parametrize("name", sorted(NAMES_OF_AWS))
def test_no_malformed_escape_breaks_a_transformation(name, text):
    assert isinstance(TRANSFORMATIONS[name](text.encode()), bytes)


@given(text=st.binary(max_size=100))
@pytest.mark.parametrize(
    "name", ["LOWERCASE", "COMPRESS_WHITE_SPACE", "REMOVE_NULLS", "NORMALIZE_PATH"]
)
def test_a_normalising_transformation_has_nothing_left_to_do_the_second_time(name, text):
    once = TRANSFORMATIONS[name](text)
    assert TRANSFORMATIONS[name](once) == once
