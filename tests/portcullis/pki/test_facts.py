"""What is told of a certificate, compared with what OpenSSL tells."""

import base64
import hashlib
import json
from datetime import timedelta

from cryptography.hazmat.primitives import serialization

from portcullis.pki import certificate_text, facts
from portcullis.pki.credential import to_pem
from portcullis.pki.validity import Validity


def test_the_facts_of_a_client_certificate(leaf, trusted, now):
    told = facts.of(leaf, now=now)
    assert told.subject == "CN=pet-shop"
    assert told.issuer == certificate_text.name_text(trusted.issuing.certificate.subject)
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


def test_the_json_form_is_camel_case_and_plain(leaf, now):
    told = json.loads(json.dumps(facts.of(leaf, now=now).as_json()))
    assert told["serialNumber"] == certificate_text.serial_text(leaf)
    assert told["notAfter"] == (now + timedelta(days=365)).isoformat()
    assert told["validity"] == "valid"
    assert told["isAuthority"] is False
