"""Tables that exist were written under these keys: they never change."""

import pytest

from authorizer import item_keys


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (item_keys.client_key("pet-shop"), "client#pet-shop"),
        (
            item_keys.name_key("sanUri", "spiffe://a/b", None),
            "name#2bzxuXqo-Awd76wWrne0hI9jaAy5E4u0uKVhQdO8fpQ",
        ),
        (
            item_keys.name_key("sanUri", "spiffe://a/b", "[]"),
            "name#v51JMtsPbAUo9PWnFzIcbbPoPRD21NhiaotQwITwJpw",
        ),
        (item_keys.revoked_thumbprint_key("t" * 43), "revoked#" + "t" * 43),
        (
            item_keys.revoked_key("[]", "1f"),
            "revoked#4Z_9hPJ0FkEMt6pM4nrRl74d-Pv4yQuV_RYagt4-sNg",
        ),
        (item_keys.crl_key("[]"), "crl#T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU"),
        (
            item_keys.crl_bucket_key("[]", "first", 2),
            "crl#T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU#first#2",
        ),
    ],
    ids=["client", "name", "name and issuer", "thumbprint", "serial number", "list", "bucket"],
)
def test_the_key_of_an_item(key, written):
    assert key == written
