"""The domain, its certificate and its truststore."""

import pytest

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
