"""The domain, its certificate and its truststore."""

import re

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import CERTIFICATE, GOOD, load, require_mended, without

REFUSED = {
    "domain in capitals": {"portcullis:domain": "API.example.com"},
    "domain with scheme": {"portcullis:domain": "https://api.example.com"},
    "domain with wildcard": {"portcullis:domain": "*.example.com"},
    "domain ends with a newline": {"portcullis:domain": "api.example.com\n"},
    "domain with a long label": {"portcullis:domain": "a" * 64 + ".example.com"},
    "domain with an empty label": {"portcullis:domain": "api..example.com"},
    "hosted zone as path": {"portcullis:hostedZoneId": "/hostedzone/Z0123456789"},
    "zone and certificate": {"portcullis:certificateArn": CERTIFICATE},
    "certificate of another service": {
        "portcullis:hostedZoneId": "",
        "portcullis:certificateArn": CERTIFICATE.replace(":acm:", ":iam:"),
    },
    "ownership without certificate": {
        "portcullis:ownershipVerificationCertificateArn": CERTIFICATE
    },
    "truststore empty": {"portcullis:truststoreFile": ""},
    "truststore with newline": {"portcullis:truststoreFile": "a\nb"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_a_certificate_of_ones_own_may_bring_proof_of_ownership():
    settings = load(
        {
            **without(GOOD, "portcullis:hostedZoneId"),
            "portcullis:certificateArn": CERTIFICATE,
            "portcullis:ownershipVerificationCertificateArn": CERTIFICATE,
        }
    )
    assert settings.certificate_arn == CERTIFICATE


@pytest.mark.parametrize(
    "domain",
    [
        "203.0.113.7",
        "2001:db8::1",
        "[2001:db8::1]",
        "10.1",
        "0x7f.0.0.1",
        "api",
        "localhost",  # these settings are not the laptop's
        "TODO",
        "api.example.com.",
        "api_1.example.com",
        f"{'a' * 53}.example.com",  # 65 characters
        "-api.example.com",
    ],
)
def test_a_domain_that_gets_no_certificate_is_refused(domain):
    require_mended({"portcullis:domain": domain})


def test_the_longest_domain_that_acm_accepts_is_accepted():
    domain = f"{'a' * 52}.example.com"
    assert len(domain) == 64
    assert load({**GOOD, "portcullis:domain": domain}).domain == domain


@pytest.mark.parametrize(
    ("key", "value", "suggestion"),
    [
        ("domain", "API.Example.com", "api.example.com"),
        ("domain", "https://api.example.com/", "api.example.com"),
        ("domain", "api.example.com.", "api.example.com"),
        ("hostedZoneId", "/hostedzone/Z0123456789ABCDEFGHIJ", "Z0123456789ABCDEFGHIJ"),
        ("truststoreFile", " my truststore.pem", "'my truststore.pem'"),
    ],
)
def test_a_suggestion_keeps_the_meaning(key, value, suggestion):
    command = re.escape(f"Run: pulumi config set portcullis:{key} {suggestion}")
    with pytest.raises(SettingError, match=f"{command}$"):
        load({**GOOD, f"portcullis:{key}": value})
