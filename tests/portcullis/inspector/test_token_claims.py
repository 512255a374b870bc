"""A token is decoded without its signature; anything else is not a token."""

import json

import pytest

from portcullis.inspector.token_claims import token_claims
from tests.portcullis.inspector.inspected import CLAIMS, SIGNATURE, TOKEN, encoded


@pytest.mark.parametrize("written", [TOKEN, f"Bearer {TOKEN}"])
def test_header_and_claims_are_decoded(written):
    decoded = token_claims(["ok", written])
    assert decoded["claims"] == CLAIMS
    assert decoded["header"]["alg"] == "ES256"
    assert SIGNATURE not in json.dumps(decoded)


@pytest.mark.parametrize(
    "written",
    ["", "pet-shop", "a.b.c", "..", f"{encoded([1])}.{encoded({})}.x", "é.é.é", "e30.e30",
     f"{encoded({})}.%%%.x"],
)  # fmt: skip
def test_what_is_not_a_token_has_no_claims(written):
    assert token_claims([written]) is None
