"""The end of a certificate, read without a library; the library is the second opinion."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from policies.reading.certificates import ends
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.layout import Purpose
from tests.policies import issuers

ONE = issuers.ending_in(10)
DER = x509.load_pem_x509_certificate(ONE.encode()).public_bytes(Encoding.DER)


def bundle(der):
    text = base64.b64encode(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("start", [1975, 2030, 2049, 2060], ids=str)
def test_the_end_is_the_librarys_in_either_form_of_time(start):
    made = Authority.root(Purpose.CLIENT, now=datetime(start, 1, 1, tzinfo=UTC)).certificate
    assert ends(to_pem(made).decode()) == (made.not_valid_after_utc,)


def test_each_certificate_of_a_bundle_has_its_end():
    first, second = ends(f"text\n{ONE}\n{issuers.ending_in(20)}")
    assert (second - first).days in {9, 10}


def test_a_certificate_cut_anywhere_before_its_end_is_unreadable():
    whole = ends(bundle(DER))
    assert {ends(bundle(DER[:at])) for at in range(len(DER))} == {(None,)}
    assert whole != (None,)


@pytest.mark.parametrize("body", ["", "!!!!", "AAAA", "MAA="])
def test_what_is_no_certificate_is_unreadable(body):
    assert ends(f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----") == (None,)


def test_no_damaged_byte_raises():
    for at in range(len(DER)):
        damaged = bytearray(DER)
        damaged[at] ^= 0xFF
        ends(bundle(bytes(damaged)))


def test_a_text_without_a_certificate_has_none():
    assert ends("…") == ()
