"""The PetStore's answers about pets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.petstore.pets import PETS, BadRequestError, add_pet, find_pet, list_pets


@pytest.mark.parametrize(
    ("kind", "page", "ids"),
    [
        (None, None, [1, 2, 3]),
        ("cat", None, [2]),
        ("Cat", None, []),
        ("", None, []),
        (None, "1", [1, 2, 3]),
        (None, "001", [1, 2, 3]),
        (None, "2", []),
        ("cat", "1", [2]),
    ],
)
def test_pets_are_listed_by_type_on_one_page(kind, page, ids):
    assert [pet["id"] for pet in list_pets(kind, page)] == ids


@pytest.mark.parametrize("page", ["", "0", "00", "-1", "1.0", "one", "\u0661", "1 "])
def test_a_page_must_be_a_positive_whole_number(page):
    with pytest.raises(BadRequestError, match="page must be"):
        list_pets(None, page)


@pytest.mark.parametrize(("pet_id", "kind"), [("1", "dog"), ("3", "fish")])
def test_a_pet_is_found_by_its_id(pet_id, kind):
    assert find_pet(pet_id)["type"] == kind


@pytest.mark.parametrize("pet_id", ["", "0", "4", "01", " 1", "1.0"])
def test_another_id_is_not_a_pet(pet_id):
    assert find_pet(pet_id) is None


def test_a_new_pet_is_confirmed_and_not_stored():
    confirmation = add_pet(b'{"type": "cat", "price": 0, "note": "x"}')
    assert confirmation == {"pet": {"type": "cat", "price": 0}, "message": "success"}
    assert len(list_pets(None, None)) == len(PETS) == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"price": 1}', "type must be a string"),
        (b'{"type": "", "price": 1}', "type must be a string"),
        (b'{"type": "cat"}', "price must be a number"),
        (b'{"type": "cat", "price": true}', "price must be a number"),
        (b'{"type": "cat", "price": -1}', "zero or more"),
        (b'{"type": "cat", "price": NaN}', "zero or more"),
        (b'{"type": "cat", "price": Infinity}', "zero or more"),
    ],
)
def test_an_invalid_pet_is_a_bad_request(body, message):
    with pytest.raises(BadRequestError, match=message):
        add_pet(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["type", "price"]), inner),
        max_leaves=4,
    )
)
def test_any_json_is_confirmed_or_refused(value):
    try:
        confirmation = add_pet(json.dumps(value).encode())
    except BadRequestError:
        return
    assert set(confirmation["pet"]) == {"type", "price"}
