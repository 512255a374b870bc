"""The facts of the certificate that a call came with."""

import os

import pytest

from portcullis.inspector.presented_certificate import (
    presented_certificate,
    thumbprint_of,
    thumbprint_of_file,
)
from tests.portcullis.gateway.fakes import make_certificate

EMPTY = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"


def test_names_serial_number_thumbprint_and_days_are_shown():
    pem = make_certificate("pet-shop")
    found = presented_certificate(pem)
    assert found["subject"] == "CN=pet-shop,C=DE"
    assert found["issuer"] == "CN=Test CA"
    assert found["serialNumber"] == "a1b2c"
    assert found["thumbprint"] == thumbprint_of(pem)
    assert isinstance(found["daysLeft"], int)


@pytest.mark.parametrize("unreadable", ["", "nonsense", EMPTY])
def test_an_unreadable_certificate_has_no_facts(unreadable):
    assert presented_certificate(unreadable) == {}
    assert thumbprint_of(unreadable) is None


def test_no_certificate_is_not_an_unreadable_one():
    assert presented_certificate(None) is None


def test_the_thumbprint_of_a_file_follows_the_file(tmp_path):
    file = tmp_path / "client.pem"
    assert thumbprint_of_file(file) is None
    for second, pem in enumerate((make_certificate("a"), make_certificate("b"), "nonsense")):
        file.write_text(pem)
        os.utime(file, (second, second))
        assert thumbprint_of_file(file) == thumbprint_of(pem)
