"""How a text is inspected: JSON by its keys and values, comments as spaces, words first."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.waf.cross_site_scripting import CROSS_SITE_SCRIPTING
from portcullis.gateway.waf.injection import InjectionDetector, _pattern
from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.sql_injection import SQL_INJECTION
from tests.portcullis.gateway.waf.texts import ORDINARY
from tests.portcullis.gateway.waf.written import BODY, group_rule, managed, on


def test_an_escaped_character_of_a_json_text_is_read(matches):
    body = b'{"type": "\\u0027 or 1=1--"}'
    assert matches(on("sqliMatchStatement", BODY), body=body)


@pytest.mark.parametrize("text", ["' or 1=1--", "<script>alert(1)</script>"])
@pytest.mark.parametrize(
    "body",
    [
        lambda text: {"type": text},
        lambda text: {text: 1},
        lambda text: [{"a": ["b", text]}],
        lambda text: {"type": text, "price": 1},
    ],
    ids=["value", "key", "nested", "first"],
)
def test_a_json_text_is_inspected_key_by_key_and_value_by_value(text, body):
    written = json.dumps(body(text)).encode()
    found = SQL_INJECTION["LOW"].found_in(written) or CROSS_SITE_SCRIPTING.found_in(written)
    assert found


@pytest.mark.parametrize("body", [b'{"type": "\' or 1=1--"', b'["\' or 1=1--"'])
def test_a_text_that_only_begins_like_json_is_inspected_whole(body):
    assert SQL_INJECTION["LOW"].found_in(body)


@pytest.mark.parametrize(
    "wrapped",
    [
        json.dumps,
        lambda text: json.dumps({"type": text})[:-1],
        lambda text: '{"a": 1}\n' + json.dumps({"type": text}),
        lambda text: json.dumps({"type": json.dumps({"a": [text]})}),
        lambda text: "a=" + json.dumps({"type": text}),
    ],
    ids=["a string", "cut short", "lines", "in a string of JSON", "in a form"],
)
@pytest.mark.parametrize(
    ("text", "is_attack"), [('admin") or ("1"="1"#', True), ('it is "new" or "old"', False)]
)
def test_the_strings_of_json_are_inspected_wherever_they_are(wrapped, text, is_attack):
    assert SQL_INJECTION["LOW"].found_in(wrapped(text).encode()) is is_attack


def test_ordinary_text_passes_the_managed_groups_in_a_body(web_acl, request_of):
    names = [n for n in GROUPS if n != "AWSManagedRulesUnixRuleSet"]
    acl = web_acl(*(group_rule(g, n, managed(g)) for n, g in enumerate(names)))
    blocked = {}
    for text in ORDINARY:
        body = json.dumps({"type": text, "price": 1}, ensure_ascii=False).encode()
        verdict = acl.evaluate(request_of(method="POST", body=body, headers=(("User-Agent", "x"),)))
        if not verdict.allowed:
            blocked[text] = verdict.rule
    assert blocked == {}


@pytest.mark.parametrize("text", ["1/**/or/**/1=1", "1'/* a */or/**/1=1--", "un/**/ion"])
def test_a_comment_counts_as_a_space(text):
    assert SQL_INJECTION["LOW"].found_in(text.encode()) is ("1=1" in text)


@pytest.mark.parametrize("length", [10, 1000])
def test_a_long_text_and_a_short_one_are_searched_alike(length):
    assert SQL_INJECTION["LOW"].found_in(b"x" * length + b"' or 1=1--")
    assert not SQL_INJECTION["LOW"].found_in(b"x" * length + b" or not")


def test_an_expression_is_searched_for_where_one_of_its_words_is():
    detector = InjectionDetector("test", ((("a", "b"), "[abc]"),), lambda _engine, _text: False)
    assert [detector.found_in(text) for text in (b"x a", b" B", b" c")] == [True, True, False]


LETTERS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)
WORDS = st.sampled_from(
    ["", "1", "0x1", "1e1", "union", "select", "or", "and", "sleep", "null", "information"]
)


@given(text=st.one_of(LETTERS, st.lists(st.one_of(WORDS, LETTERS), max_size=4).map("".join)))
def test_letters_and_digits_alone_are_skipped_because_they_never_match(text):
    for detector in (*SQL_INJECTION.values(), CROSS_SITE_SCRIPTING):
        assert not detector._search(text.encode())


@pytest.mark.parametrize("detector", [*SQL_INJECTION.values(), CROSS_SITE_SCRIPTING])
def test_every_expression_is_one_that_aws_waf_accepts(detector):
    assert detector._expressions
    for words, expression in detector._expressions:
        assert words
        _pattern(detector._name, expression)
