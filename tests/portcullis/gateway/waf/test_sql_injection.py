"""SQL injection: attacks that must match, ordinary text that must not."""

import pytest

from portcullis.gateway.waf import injection
from portcullis.gateway.waf.libinjection import libinjection
from portcullis.gateway.waf.sql_injection import SQL_INJECTION
from tests.portcullis.gateway.waf.texts import ORDINARY, SQL
from tests.portcullis.gateway.waf.written import ARGUMENTS, BODY, on


@pytest.mark.parametrize("text", SQL)
def test_an_attack_on_a_database_is_found(search, text):
    assert search(SQL_INJECTION["LOW"], text)
    assert search(SQL_INJECTION["LOW"], text.upper())
    assert search(SQL_INJECTION["HIGH"], text)


# Not found by the expressions.
BY_LIBINJECTION = [
    "if([item]='', '', '')",
    "select sleep (20 div 3)",
    "1' /*!or*/1='1",
    "x'sleep(20.to_i)'",
    "a'or'a",
    "'<>1--",
    "' or ''&'",
    "1 and row(1,1)>(select count(*),concat(version(),floor(rand(0)*2))x from users)",
]


@pytest.mark.skipif(libinjection() is None, reason="libmodsecurity is not installed")
@pytest.mark.parametrize("text", BY_LIBINJECTION)
def test_libinjection_finds_what_the_expressions_miss(text, monkeypatch):
    assert SQL_INJECTION["LOW"].found_in(text.encode())
    monkeypatch.setattr(injection, "libinjection", lambda: None)
    assert not SQL_INJECTION["LOW"]._search(text.encode())


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_no_attack_on_a_database(search, text):
    assert not search(SQL_INJECTION["LOW"], text)
    assert not search(SQL_INJECTION["LOW"], f"page=2&note={text}&type=dog")


@pytest.mark.skipif(libinjection() is None, reason="libmodsecurity is not installed")
@pytest.mark.parametrize("text", ["10--20", "sleep (10)", "price and 5 > 3", "The use case for it"])
def test_high_sensitivity_counts_every_fingerprint(text):
    assert SQL_INJECTION["HIGH"].found_in(text.encode())
    assert not SQL_INJECTION["LOW"].found_in(text.encode())


@pytest.mark.parametrize(
    "harmless",
    ["dog", "it's a dog", "select a pet from the list", "O'Brien and sons", "a--b", "10-20"],
)
def test_sql_injection_leaves_ordinary_words_alone(matches, harmless):
    assert not matches(on("sqliMatchStatement", ARGUMENTS), "/?q=" + harmless)


def test_the_values_of_a_form_are_found_in_its_body(matches):
    assert matches(on("sqliMatchStatement", BODY), body=b"user=admin'--&password=x")
