"""One form of a serial number and a thumbprint in every log and command; other forms are read."""

import json
import re

import pytest
from cryptography.hazmat.primitives import hashes

from authorizer.certificate import parse
from portcullis.explain.logged_call import facts_of
from portcullis.gateway.gates.identity import client_certificate
from portcullis.pki import certificate_text, facts, identifiers
from portcullis.pki.credential import to_pem

DIGEST = bytes(range(32))
HEX = DIGEST.hex()
THUMBPRINT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_a_certificate_has_one_serial_number_and_one_thumbprint_everywhere(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop).certificate
    pem = to_pem(leaf).decode()
    seen_by_the_authorizer = parse(pem)
    serial = seen_by_the_authorizer.serial_number
    assert serial == certificate_text.serial_text(leaf) == facts.of(leaf).serial_number
    assert seen_by_the_authorizer.thumbprint == facts.of(leaf).thumbprint
    # API Gateway logs it in another form; `portcullis explain` shows it in ours.
    logged = client_certificate(pem).serial_number
    assert logged != serial
    assert facts_of({"clientCertSerialNumber": logged}, {})["serial"] == serial


@pytest.mark.parametrize("text", ["1f", "1F", "00:1F", "0x1f"])
def test_a_serial_number_is_read_from_hexadecimal(text):
    assert identifiers.parse_serial_number(text) == 0x1F


@pytest.mark.parametrize("text", ["", "xyz", "-5", "1_0", "1:", ":1", "\u0663", "1 "])
def test_anything_else_is_not_a_serial_number(text):
    with pytest.raises(ValueError, match="^" + text + "$"):
        identifiers.parse_serial_number(text)
    with pytest.raises(ValueError, match="^" + text + "$"):
        identifiers.parse_api_gateway_serial_number(text)


@pytest.mark.parametrize("text", ["0a:1b", "2587", "0A1B"])
def test_api_gateway_s_forms_of_a_serial_number_are_read(text):
    assert identifiers.parse_api_gateway_serial_number(text) == 0x0A1B


@pytest.mark.parametrize(
    "text",
    [THUMBPRINT, DIGEST.hex(), DIGEST.hex().upper(), DIGEST.hex(":"), DIGEST.hex(":").upper()],
)
def test_a_thumbprint_is_read_from_base64url_and_from_a_fingerprint(text):
    assert identifiers.parse_thumbprint(text) == THUMBPRINT


@pytest.mark.parametrize(
    "text",
    ["", THUMBPRINT + "=", THUMBPRINT[:-1], DIGEST.hex()[:-1], DIGEST.hex("-"), "\u0660" * 64],
)
def test_anything_else_is_not_a_thumbprint(text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        identifiers.parse_thumbprint(text)


def test_the_fingerprint_that_certs_inspect_shows_is_read(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop).certificate
    described = json.loads(json.dumps(facts.of(leaf).as_json()))
    assert identifiers.parse_thumbprint(described["fingerprint"]) == described["thumbprint"]
    assert (
        identifiers.parse_thumbprint(leaf.fingerprint(hashes.SHA256()).hex())
        == (described["thumbprint"])
    )
