"""One extension of a certificate, or None where it has none of that kind."""

from cryptography import x509

from portcullis.pki.extensions import find_extension
from portcullis.pki.forge import self_signed

LEAF = self_signed("shop", [x509.DNSName("shop.example")]).certificate


def test_an_extension_is_found_by_its_kind():
    names = find_extension(LEAF, x509.SubjectAlternativeName)
    assert names is not None
    assert list(names) == [x509.DNSName("shop.example")]


def test_a_certificate_without_the_extension_has_none():
    assert find_extension(LEAF, x509.NameConstraints) is None
