"""A value fits a declared type as the engine says; test_engine_agrees.py asks the engine."""

import pytest

from portcullis.settings.config_value import ConfigValue, type_name
from portcullis.settings.engine_yaml import parse_yaml
from tests.portcullis.settings.odd_values import TYPES

STRINGS = {"type": "string"}


def fits(kind, written):
    value = ConfigValue.from_yaml(parse_yaml(f"k:\n  a: {written}\n".encode())["k"]["a"])
    return value.fits(kind, STRINGS if kind == "array" else None)


@pytest.mark.parametrize(("kind", "written"), [(k, w) for k in TYPES for w in TYPES[k][0]])
def test_a_value_fits_its_type(kind, written):
    assert fits(kind, written)


@pytest.mark.parametrize(("kind", "written"), [(k, w) for k in TYPES for w in TYPES[k][1]])
def test_a_value_of_another_type_is_refused(kind, written):
    assert not fits(kind, written)


def test_an_array_of_arrays_is_checked_to_its_leaves():
    pairs = {"type": "array", "items": STRINGS}
    assert ConfigValue.from_yaml([["a"], []]).fits("array", pairs)
    assert not ConfigValue.from_yaml([["a"], [1]]).fits("array", pairs)
    assert type_name("array", pairs) == "array<array<string>>"


def test_an_unknown_type_fits_nothing():
    assert not ConfigValue.from_yaml("a").fits("number", None)


@pytest.mark.parametrize(
    ("value", "is_encrypted"),
    [
        ({"secure": "v1:abc"}, True),
        ({"a": [{"secure": "v1:abc"}]}, True),
        ({"secure": 5}, False),
        ({"secure": "a", "b": "c"}, False),
        ("secure", False),
    ],
)
def test_ciphertext_is_found_at_any_depth(value, is_encrypted):
    assert ConfigValue.from_yaml(value).is_encrypted is is_encrypted
