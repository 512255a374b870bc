"""The client certificate as events, mappings and logs show it."""

import pytest

from portcullis.gateway.gates.identity import client_certificate
from tests.portcullis.gateway.fakes import make_certificate

DESCRIBED = {
    "subjectDN": "CN=pet-shop,C=DE",
    "issuerDN": "CN=Test CA",
    "serialNumber": "0a:1b:2c",
    "validity": {
        "notBefore": "Aug  5 00:28:21 2026 GMT",
        "notAfter": "Aug 15 10:28:21 2027 GMT",
    },
}


def test_an_event_has_the_pem_the_names_the_serial_number_and_the_validity(client_pem):
    assert client_certificate(client_pem).event() == {"clientCertPem": client_pem, **DESCRIBED}


def test_the_context_has_the_same_values_under_its_own_names(client_pem):
    assert client_certificate(client_pem).context == {
        "identity.clientCert.clientCertPem": client_pem,
        "identity.clientCert.subjectDN": "CN=pet-shop,C=DE",
        "identity.clientCert.issuerDN": "CN=Test CA",
        "identity.clientCert.serialNumber": "0a:1b:2c",
        "identity.clientCert.validity.notBefore": "Aug  5 00:28:21 2026 GMT",
        "identity.clientCert.validity.notAfter": "Aug 15 10:28:21 2027 GMT",
    }


@pytest.mark.parametrize(
    "pem", ["", "none", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\ud800"]
)
def test_a_certificate_that_cannot_be_parsed_has_its_pem_alone(pem):
    described = client_certificate(pem).event()
    assert described.pop("clientCertPem") == pem
    assert described == {
        "subjectDN": "",
        "issuerDN": "",
        "serialNumber": "",
        "validity": {"notBefore": "", "notAfter": ""},
    }


def test_a_name_with_special_characters_is_escaped():
    described = client_certificate(make_certificate("a,b+c"))
    assert described.subject == r"CN=a\,b\+c,C=DE"
