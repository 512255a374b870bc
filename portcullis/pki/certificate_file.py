"""The certificates in a file that somebody sent: PEM, DER or PFX."""

from pathlib import Path

from cryptography import x509

from portcullis.pki import atomic, facts, pfx
from portcullis.pki.errors import CertificateFileError, PassphraseError

_PFX_SUFFIXES = {".pfx", ".p12"}


def read(path: Path, passphrase: str | None = None) -> list[x509.Certificate]:
    """Every certificate, in the order of the file; at least one.

    Raises:
        CertificateFileError: there is none that can be read.
        PassphraseError: a PFX without a passphrase, or with a wrong one.
    """
    content = atomic.read(path)
    if path.suffix.lower() in _PFX_SUFFIXES:
        if passphrase is None:
            raise PassphraseError(
                f"{path} is a PFX, which is encrypted. Name its passphrase with --passphrase-file, "
                "--passphrase-env or --ask-passphrase."
            )
        return pfx.certificates(content, passphrase)
    try:
        found = _parse(content)
        for certificate in found:
            facts.of(certificate)  # fields are decoded when they are first read: now
    except (ValueError, x509.InvalidVersion):
        raise CertificateFileError(
            f"{path} holds no certificate in PEM or DER. If it is a PFX, its name must end in .pfx "
            "or .p12; if it is a private key or a signing request, there is nothing to show."
        ) from None
    return found


def _parse(content: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]
