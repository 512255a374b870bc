"""Reads the certificates of a file: PEM, DER or PFX."""

from pathlib import Path

from cryptography import x509

from portcullis.pki import atomic, decoding, pem, pfx
from portcullis.pki.errors import CertificateFileError, PassphraseError

_PFX_SUFFIXES = {".pfx", ".p12"}


def read(path: Path, passphrase: str | None = None) -> list[x509.Certificate]:
    """Every certificate, in the order of the file; at least one.

    Raises:
        CertificateFileError: the file has no certificate that can be parsed.
        PassphraseError: a PFX without a passphrase, or with a wrong one.
    """
    content = atomic.read(path)
    if path.suffix.lower() in _PFX_SUFFIXES:
        if passphrase is None:
            raise PassphraseError(
                f"{path} is an encrypted PFX. Give its passphrase with --passphrase-file, "
                "--passphrase-env or --ask-passphrase."
            )
        return pfx.certificates(content, passphrase)
    try:
        found = [block for block in pem.blocks(content) if block.label == pem.CERTIFICATE]
        return [decoding.decode(b.binary()) for b in found] or [decoding.decode(content)]
    except ValueError:
        raise CertificateFileError(
            f"{path} must hold a certificate in PEM or DER. The name of a PFX must end in .pfx or "
            ".p12. A private key or a signing request has no certificate to show."
        ) from None
