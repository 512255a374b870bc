"""Damaged certificates are refused when they are decoded, not later."""

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from portcullis.pki import decoding, facts
from portcullis.pki.authority import Authority

DER = Authority.root("client").certificate.public_bytes(serialization.Encoding.DER)


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_certificate_is_described_or_refused_and_nothing_else(changes):
    der = bytearray(DER)
    for position, value in changes:
        der[position] = value
    try:
        certificate = decoding.decode(bytes(der))
        described = facts.of(certificate)
    except ValueError:
        return
    assert described.subject.isprintable()
    assert described.serial_number


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_are_a_value_error(content):
    with pytest.raises(ValueError):  # noqa: PT011 - the library's text varies and is never shown
        decoding.decode(content)
