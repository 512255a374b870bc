"""The facts of a certificate, compared with the output of OpenSSL."""

import base64
import hashlib
import json
from datetime import timedelta

from cryptography.hazmat.primitives import serialization

from portcullis.pki import certificate_text, facts
from portcullis.pki.credential import to_pem
from portcullis.pki.validity import Validity


def test_the_facts_of_a_client_certificate(leaf, trusted, now):
    described = facts.of(leaf, now=now)
    assert described.subject == "CN=pet-shop"
    assert described.issuer == certificate_text.name_text(trusted.issuing.certificate.subject)
    assert described.names == (
        "URI:spiffe://portcullis.local/client/pet-shop",
        "DNS:shop.partner.example",
        "IP:::1",
    )
    assert described.usages == ("clientAuth",)
    assert (described.key, described.signature) == ("EC secp256r1", "ecdsa-with-SHA256")
    assert (described.days_left, described.validity) == (365, Validity.VALID)
    assert not described.is_authority
    assert facts.of(trusted.root.certificate).is_authority


def test_the_thumbprint_is_the_one_of_rfc_8705(leaf):
    der = leaf.public_bytes(serialization.Encoding.DER)
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert facts.thumbprint(leaf) == expected
    assert len(expected) == 43


def test_fingerprint_and_serial_number_are_as_openssl_prints_them(leaf, openssl, tmp_path):
    path = tmp_path / "leaf.pem"
    path.write_bytes(to_pem(leaf))
    described = facts.of(leaf)
    shown = openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha256", "-serial").stdout
    assert f"={described.fingerprint}\n" in shown
    assert int(shown.partition("serial=")[2], 16) == int(described.serial_number, 16)


def test_the_json_form_is_camel_case_and_plain(leaf, now):
    described = json.loads(json.dumps(facts.of(leaf, now=now).as_json()))
    assert described["serialNumber"] == certificate_text.serial_text(leaf)
    assert described["notAfter"] == (now + timedelta(days=365)).isoformat()
    assert described["validity"] == "valid"
    assert described["isAuthority"] is False
