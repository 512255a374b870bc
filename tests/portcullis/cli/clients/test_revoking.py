"""`portcullis clients revoke` and `unrevoke`."""

from base64 import urlsafe_b64decode

import pytest

from tests.portcullis.cli.clients.running import FILE, refused, run


@pytest.mark.parametrize("by", ["certificate", "thumbprint", "fingerprint", "serial number"])
def test_a_certificate_is_revoked(registry, certificate, by):
    path, thumbprint = certificate
    options = {
        "certificate": ["--certificate", path],
        "thumbprint": ["--thumbprint", thumbprint],
        "fingerprint": ["--thumbprint", urlsafe_b64decode(thumbprint + "=").hex(":").upper()],
        "serial number": ["--issuer", path, "--serial-number", "00:1F"],
    }[by]
    run("revoke", *options, "--reason", "stolen")
    text = registry.read_text()
    assert text.startswith(FILE)
    assert "reason: stolen" in text
    assert (thumbprint in text) is (by != "serial number")
    assert "revoked certificates: 1" in run("list")


def test_a_client_is_revoked_for_good_and_a_mistake_is_taken_back(registry, certificate):
    run("revoke", "pet-shop")
    assert "pet-shop  revoked  pets:read" in run("list")
    assert "clients unrevoke pet-shop" in refused("resume", "pet-shop")
    assert "+    status: suspended" in run("unrevoke", "pet-shop")
    run("resume", "pet-shop")
    assert registry.read_text() == FILE
    path, _ = certificate
    run("revoke", "--certificate", path)
    run("unrevoke", "--certificate", path)
    assert registry.read_text() == FILE + "revoked: []\n"
