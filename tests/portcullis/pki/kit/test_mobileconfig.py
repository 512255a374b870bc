"""The profile is one that Apple documents, with the client's identity and no passphrase."""

import plistlib
import re

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from portcullis.pki.kit import mobileconfig
from portcullis.pki.kit.address import ApiAddress

# Apple's schemas (apple/device-management, mdm/profiles): type of each key; required keys first.
COMMON = {
    "PayloadIdentifier": str,
    "PayloadUUID": str,
    "PayloadType": str,
    "PayloadVersion": int,
}
SHOWN = {"PayloadDescription": str, "PayloadDisplayName": str, "PayloadOrganization": str}
TOP_LEVEL = COMMON | {"PayloadContent": list}
TOP_LEVEL_OPTIONAL = SHOWN | {"PayloadRemovalDisallowed": bool, "PayloadScope": str}
PKCS12 = COMMON | {"PayloadContent": bytes}
PKCS12_OPTIONAL = SHOWN | {"PayloadCertificateFileName": str, "Password": str}
IDENTIFIER = re.compile(r"[A-Za-z0-9.-]+")
UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
ADDRESS = ApiAddress(host="api.example.com:8443")


@pytest.fixture
def profile(kit):
    return plistlib.loads((kit.folder / "pet-shop.mobileconfig").read_bytes())


@pytest.fixture
def payload(profile):
    (payload,) = profile["PayloadContent"]
    return payload


def require_documented(dictionary, required, optional):
    assert required.keys() <= dictionary.keys() <= (required | optional).keys()
    for key, value in dictionary.items():
        assert type(value) is (required | optional)[key], key
    assert dictionary["PayloadVersion"] == 1
    assert UUID.fullmatch(dictionary["PayloadUUID"])
    assert IDENTIFIER.fullmatch(dictionary["PayloadIdentifier"])


def test_every_key_and_its_type_is_documented(profile, payload):
    require_documented(profile, TOP_LEVEL, TOP_LEVEL_OPTIONAL)
    require_documented(payload, PKCS12, PKCS12_OPTIONAL)
    assert profile["PayloadType"] == "Configuration"
    assert payload["PayloadType"] == "com.apple.security.pkcs12"


def test_it_is_named_in_reverse_dns_style_and_its_payload_below_it(profile, payload):
    assert profile["PayloadIdentifier"] == "com.example.api.pet-shop"
    assert payload["PayloadIdentifier"] == "com.example.api.pet-shop.certificate"
    assert "api.example.com" in profile["PayloadDisplayName"]


def test_it_holds_the_key_with_its_certificate_alone_in_the_legacy_encryption(
    kit, payload, openssl, tmp_path
):
    store = pkcs12.load_pkcs12(payload["PayloadContent"], kit.passphrase.encode())
    assert store.key.public_key() == kit.credential.key.public_key()
    assert store.cert.certificate == kit.credential.certificate
    assert store.additional_certs == []
    file = tmp_path / "profile.pfx"
    file.write_bytes(payload["PayloadContent"])
    command = ("pkcs12", "-in", file, "-info", "-noout", "-legacy", "-passin")
    shown = openssl(*command, f"pass:{kit.passphrase}")
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in shown.stderr
    openssl(*command, "pass:wrong horse", fails=True)


def test_it_asks_for_the_passphrase(payload):
    assert "Password" not in payload


def test_the_same_certificate_is_the_same_profile_and_another_is_not(kit, trusted):
    from tests.portcullis.pki.conftest import PET_SHOP  # noqa: PLC0415

    def ids(credential):
        made = plistlib.loads(mobileconfig.profile("pet-shop", ADDRESS, credential, kit.passphrase))
        (payload,) = made["PayloadContent"]
        return made["PayloadUUID"], payload["PayloadUUID"]

    renewed = trusted.issuing.issue_client("pet-shop", PET_SHOP)
    assert ids(kit.credential) == ids(kit.credential)
    assert len({*ids(kit.credential), *ids(renewed)}) == 4
