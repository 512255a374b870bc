"""YAML is read as the engine reads it; whether the engine agrees is in test_engine_agrees.py."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from portcullis.settings.config_value import ConfigValue
from portcullis.settings.engine_yaml import (
    MAX_DEPTH,
    EngineYamlError,
    number_text,
    parse_yaml,
    written_yaml,
)
from tests.portcullis.settings.odd_values import REFUSED_VALUES, SCALARS, STRUCTURES


def value(written):
    return parse_yaml(f"k:\n  a: {written}\n".encode())["k"]["a"]


@pytest.mark.parametrize("written", SCALARS)
def test_a_scalar_has_the_text_that_the_engine_gives_it(written):
    assert ConfigValue.from_yaml(value(written)).text == SCALARS[written]


@pytest.mark.parametrize("written", STRUCTURES)
def test_a_structure_has_the_content_that_the_engine_gives_it(written):
    assert value(written) == STRUCTURES[written]


@pytest.mark.parametrize("written", REFUSED_VALUES)
def test_what_the_engine_refuses_is_refused_with_its_line(written):
    with pytest.raises(EngineYamlError, match=r"^line [1-3]: ") as caught:
        value(written)
    assert "\n" not in str(caught.value)


def test_a_repeated_key_names_both_lines():
    with pytest.raises(EngineYamlError, match=r"^line 3: has the key b twice, first on line 2"):
        parse_yaml(b"a: 1\nb: 1\nb: 2\n")


def test_a_file_that_nests_without_end_is_refused():
    with pytest.raises(EngineYamlError, match=f"nested over {MAX_DEPTH} deep"):
        parse_yaml(b"[" * 100_000)


def test_aliases_that_multiply_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(EngineYamlError, match="more than 100000 values"):
        parse_yaml("\n".join(lines).encode())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_without_loss(number):
    assert float(number_text(number)) == number


@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63) | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
@example({"keys": ["0o17", "1e3", "no", "2027-01-01", "1_000", "<", "~", ""]})
def test_a_written_document_is_read_as_itself(document):
    assume("<<" not in json.dumps(document))  # as a key it is a merge
    assert parse_yaml(written_yaml(document).encode()) == document


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_file_has_a_value_or_one_error(content):
    try:
        parse_yaml(content)
    except EngineYamlError as error:
        assert "\n" not in str(error)  # noqa: PT017 - any other exception fails the test


@given(st.text("0123456789+-._eExXoObB:nufTZ ", max_size=12))
def test_any_scalar_has_a_value_or_one_error(text):
    try:
        ConfigValue.from_yaml(parse_yaml(f"k: {text}\n".encode())["k"])
    except EngineYamlError as error:
        assert str(error)  # noqa: PT017
