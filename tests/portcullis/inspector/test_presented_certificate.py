"""The facts of the certificate that a call came with."""

from portcullis.inspector.presented_certificate import presented_certificate, thumbprint_of
from tests.portcullis.gateway.fakes import make_certificate


def test_names_serial_number_thumbprint_and_days_are_shown():
    pem = make_certificate("pet-shop")
    found = presented_certificate(pem)
    assert found["subject"] == "CN=pet-shop,C=DE"
    assert found["issuer"] == "CN=Test CA"
    assert found["serialNumber"] == "a1b2c"
    assert found["thumbprint"] == thumbprint_of(pem)
    assert isinstance(found["daysLeft"], int)


def test_no_certificate_and_an_unreadable_one_differ():
    assert presented_certificate(None) is None
    for unreadable in (
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
    ):
        assert presented_certificate(unreadable) == {}
        assert thumbprint_of(unreadable) is None
