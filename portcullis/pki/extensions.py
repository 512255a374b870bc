"""Reads one extension of a certificate or a revocation list."""

from typing import TypeVar

from cryptography import x509

T = TypeVar("T", bound=x509.ExtensionType)


def find_extension(
    holder: x509.Certificate | x509.CertificateRevocationList, kind: type[T]
) -> T | None:
    """The value of the extension; None where there is none.

    Raises:
        ValueError, x509.DuplicateExtension: the extensions cannot be decoded.
    """
    try:
        return holder.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
