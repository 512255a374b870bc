"""The profile holds the legacy PFX without its passphrase."""

import plistlib

from portcullis.pki import pfx
from portcullis.pki.kit import mobileconfig
from portcullis.pki.kit.address import ApiAddress


def test_the_profile_holds_the_legacy_pfx_and_asks_for_the_passphrase(kit):
    profile = plistlib.loads((kit.folder / "pet-shop.mobileconfig").read_bytes())
    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.pkcs12"
    assert payload["PayloadContent"] == (kit.folder / "pet-shop.legacy.pfx").read_bytes()
    assert pfx.certificates(payload["PayloadContent"], kit.passphrase)
    assert "Password" not in payload
    assert "api.example.com" in profile["PayloadDisplayName"]


def test_the_same_certificate_is_the_same_profile_and_another_is_not():
    address = ApiAddress(host="api.example.com:8443")

    def ids(thumbprint):
        profile = plistlib.loads(mobileconfig.profile("pet-shop", address, thumbprint, b"pfx"))
        (payload,) = profile["PayloadContent"]
        return profile["PayloadUUID"], payload["PayloadUUID"]

    assert ids("one") == ids("one")
    assert len({*ids("one"), *ids("two")}) == 4
