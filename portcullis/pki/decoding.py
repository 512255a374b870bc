"""Decodes certificates from others: every field that is read later is known to be readable."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cryptography import x509


def decode(der: bytes) -> x509.Certificate:
    """A certificate of which every field but the public key is known to be readable.

    Raises:
        ValueError: it is not well-formed, whatever is wrong with it.
    """
    try:
        with _quiet():
            certificate = x509.load_der_x509_certificate(der)
            # Fields are decoded when they are first read: now, where errors are expected.
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
    """The number as it stands there, even one that is zero or negative."""
    with _quiet():
        return certificate.serial_number


@contextmanager
def _quiet() -> Iterator[None]:
    # What a stranger's certificate gets wrong is the lint's business, not a line on stderr.
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
