"""Decodes certificates from others, with all fields that are read later."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def decode(der: bytes) -> x509.Certificate:
    """A certificate in which every field but the public key has been decoded.

    Raises:
        ValueError: it is not well-formed.
    """
    try:
        with _quiet():
            certificate = x509.load_der_x509_certificate(der)
            # The library decodes a field when it is first read, which is here.
            for field in _FIELDS:
                getattr(certificate, field)
    except (
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise ValueError(str(error)) from None
    return certificate


def serial_number(certificate: x509.Certificate) -> int:
    """The serial number, even if it is zero or negative."""
    with _quiet():
        return certificate.serial_number


def public_key_info(certificate: x509.Certificate) -> bytes:
    """The SubjectPublicKeyInfo in DER. Raises as ``certificate.public_key``."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@contextmanager
def _quiet() -> Iterator[None]:
    # The lint reports faults of a certificate; the library's warnings are not shown.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_FIELDS: Final = (
    "version",
    "subject",
    "issuer",
    "serial_number",
    "extensions",
    "signature_algorithm_oid",
    "not_valid_before_utc",
    "not_valid_after_utc",
)
