"""What is told of a certificate, compared with what OpenSSL tells."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from portcullis.pki import facts, names
from portcullis.pki.authority import Authority, to_pem
from portcullis.pki.facts import Validity


@pytest.fixture
def leaf(trusted, pet_shop, now):
    sans = [*pet_shop, names.san_dns("shop.partner.example"), names.host("::1")]
    return trusted.issuing.issue_client("pet-shop", sans, now=now).certificate


def test_the_facts_of_a_client_certificate(leaf, trusted, now):
    told = facts.of(leaf, now=now)
    assert told.subject == "CN=pet-shop"
    assert told.issuer == facts.name_text(trusted.issuing.certificate.subject)
    assert told.names == (
        "URI:spiffe://portcullis.local/client/pet-shop",
        "DNS:shop.partner.example",
        "IP:::1",
    )
    assert told.usages == ("clientAuth",)
    assert (told.key, told.signature) == ("EC secp256r1", "ecdsa-with-SHA256")
    assert (told.days_left, told.validity) == (365, Validity.VALID)
    assert not told.is_authority
    assert facts.of(trusted.root.certificate).is_authority


def test_the_thumbprint_is_the_one_of_rfc_8705(leaf):
    der = leaf.public_bytes(serialization.Encoding.DER)
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert facts.thumbprint(leaf) == expected
    assert len(expected) == 43


def test_fingerprint_and_serial_number_are_as_openssl_prints_them(leaf, openssl, tmp_path):
    path = tmp_path / "leaf.pem"
    path.write_bytes(to_pem(leaf))
    told = facts.of(leaf)
    shown = openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha256", "-serial").stdout
    assert f"={told.fingerprint}\n" in shown
    assert f"serial={told.serial_number}\n" in shown


def test_a_serial_number_has_whole_octets(trusted, pet_shop):
    for _ in range(64):  # one in sixteen starts with a zero digit
        leaf = trusted.issuing.issue_client("pet-shop", pet_shop).certificate
        assert len(facts.serial_text(leaf)) % 2 == 0


def test_the_json_form_is_camel_case_and_plain(leaf, now):
    told = json.loads(json.dumps(facts.of(leaf, now=now).as_json()))
    assert told["serialNumber"] == facts.serial_text(leaf)
    assert told["notAfter"] == (now + timedelta(days=365)).isoformat()
    assert told["validity"] == "valid"
    assert told["isAuthority"] is False


@pytest.mark.parametrize(
    ("lifetime", "age", "expected"),
    [
        (timedelta(days=365), timedelta(days=334), Validity.VALID),
        (timedelta(days=365), timedelta(days=336), Validity.RENEW),
        (timedelta(hours=12), timedelta(hours=7), Validity.VALID),
        (timedelta(hours=12), timedelta(hours=9), Validity.RENEW),
        (timedelta(hours=12), timedelta(hours=12), Validity.EXPIRED),
        (timedelta(hours=12), timedelta(hours=-1), Validity.NOT_YET),
    ],
    ids=["31 days left", "29 days left", "5 hours left", "3 hours left", "over", "not started"],
)
def test_renewal_is_due_in_the_last_month_or_the_last_third(trusted, now, lifetime, age, expected):
    leaf = trusted.issuing.issue_client("a", (), not_before=now, lifetime=lifetime).certificate
    assert facts.validity(leaf, now=now + age) is expected


def test_how_early_renewal_is_due_can_be_chosen(leaf, now):
    for days, expected in ((366, Validity.RENEW), (364, Validity.VALID), (0, Validity.VALID)):
        within = timedelta(days=days)
        assert facts.validity(leaf, now=now, renew_within=within) is expected


def test_names_that_would_move_the_cursor_are_shown_escaped(trusted):
    hostile = trusted.issuing.issue_client("\x1b[2J\u202eevil\r\n", ()).certificate
    told = facts.of(hostile)
    assert told.subject.isprintable()
    assert "\\x1b[2J\\u202eevil" in told.subject


def test_an_empty_subject_and_absent_extensions_are_told_as_such(trusted, pet_shop):
    bare = trusted.issuing.issue_client("", pet_shop, usages=()).certificate
    told = facts.of(bare)
    assert (told.subject, told.usages) == ("(empty)", ())


def test_uncommon_names_and_usages_are_told_by_what_they_are(trusted):
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
    sans = [
        x509.RFC822Name("a@partner.example"),
        x509.DirectoryName(trusted.root.certificate.subject),
        x509.RegisteredID(oid),
    ]
    told = facts.of(trusted.issuing.issue_client("a", sans, usages=(oid,)).certificate)
    assert told.usages == (oid.dotted_string,)
    assert told.names[0] == "email:a@partner.example"
    assert told.names[1].startswith("dirName:CN=client root CA")
    assert told.names[2].startswith("RegisteredID:")


@given(st.text())
def test_shown_text_is_printable_and_plain_text_is_unchanged(text):
    shown = facts.printable(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


DER = Authority.root("client").certificate.public_bytes(serialization.Encoding.DER)


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_certificate_is_described_or_refused_and_nothing_else(changes):
    der = bytearray(DER)
    for position, value in changes:
        der[position] = value
    try:
        certificate = facts.decode(bytes(der))
        told = facts.of(certificate)
    except ValueError:
        return
    assert told.subject.isprintable()
    assert told.serial_number


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_are_a_value_error(content):
    with pytest.raises(ValueError):  # noqa: PT011 - the library's text varies and is never shown
        facts.decode(content)


@pytest.mark.parametrize("text", ["1f", "1F", "00:1F", "0x1f"])
def test_a_serial_number_is_read_from_hexadecimal(text):
    assert facts.parse_serial_number(text) == 0x1F


@pytest.mark.parametrize("text", ["", "xyz", "-5", "1_0", "1:", ":1", "٣", "1 "])
def test_anything_else_is_not_a_serial_number(text):
    with pytest.raises(ValueError, match="^" + text + "$"):
        facts.parse_serial_number(text)
