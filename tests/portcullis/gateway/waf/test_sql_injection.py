"""SQL injection: attacks that must match, ordinary text that must not."""

import pytest

from portcullis.gateway.waf.sql_injection import SQL_INJECTION
from tests.portcullis.gateway.waf.texts import ORDINARY, SQL
from tests.portcullis.gateway.waf.written import ARGUMENTS, BODY, on


@pytest.mark.parametrize("text", SQL)
def test_an_attack_on_a_database_is_found(text):
    assert SQL_INJECTION["LOW"].found_in(text.encode())
    assert SQL_INJECTION["LOW"].found_in(text.upper().encode())
    assert SQL_INJECTION["HIGH"].found_in(text.encode())


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_no_attack_on_a_database(text):
    assert not SQL_INJECTION["LOW"].found_in(text.encode())


@pytest.mark.parametrize(
    "harmless",
    ["dog", "it's a dog", "select a pet from the list", "O'Brien and sons", "a--b", "10-20"],
)
def test_sql_injection_leaves_ordinary_words_alone(matches, harmless):
    assert not matches(on("sqliMatchStatement", ARGUMENTS), "/?q=" + harmless)


def test_the_values_of_a_form_are_found_in_its_body(matches):
    assert matches(on("sqliMatchStatement", BODY), body=b"user=admin'--&password=x")
