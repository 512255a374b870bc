"""The extensions and names of authorities and leaves."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def test_the_root_stands_above_exactly_one_level_of_authorities(trusted):
    root = trusted.root.certificate
    basic = extension(root, x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 1)
    assert root.issuer == root.subject
    root.verify_directly_issued_by(root)


def test_the_issuing_authority_issues_no_further_authorities(trusted):
    issuing = trusted.issuing.certificate
    basic = extension(issuing, x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    issuing.verify_directly_issued_by(trusted.root.certificate)


@pytest.mark.parametrize("level", ["root", "issuing"])
def test_authorities_sign_certificates_and_revocation_lists_and_nothing_else(trusted, level):
    usage = extension(getattr(trusted, level).certificate, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature


def test_a_client_certificate_signs_handshakes_as_a_client_and_nothing_else(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop).certificate
    usage = extension(leaf, x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_encipherment
    assert not usage.value.key_cert_sign
    assert list(extension(leaf, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extension(leaf, x509.BasicConstraints).value.ca is False
    assert list(extension(leaf, x509.SubjectAlternativeName).value) == list(pet_shop)
    assert leaf.subject.rfc4514_string() == "CN=pet-shop"


def test_serial_numbers_are_random_positive_and_at_most_20_bytes(trusted, pet_shop):
    serials = {
        trusted.issuing.issue_client("pet-shop", pet_shop).certificate.serial_number
        for _ in range(50)
    }
    assert len(serials) == 50
    assert all(serial > 0 and serial.bit_length() < 160 for serial in serials)
    assert max(serial.bit_length() for serial in serials) > 128


def test_two_authorities_of_one_purpose_differ_in_name(trusted):
    other = Hierarchy.create(Purpose.CLIENT)
    assert trusted.root.certificate.subject != other.root.certificate.subject
    assert trusted.issuing.certificate.subject != other.issuing.certificate.subject


def test_the_organization_stands_in_the_subject(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop, organization="Pets, Inc.").certificate
    assert leaf.subject.rfc4514_string() == "CN=pet-shop,O=Pets\\, Inc."


def test_a_certificate_without_a_common_name_has_a_critical_san(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("", pet_shop).certificate
    assert not list(leaf.subject)
    assert extension(leaf, x509.SubjectAlternativeName).critical
