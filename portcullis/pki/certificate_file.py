"""Reads the certificates of a file: PEM, DER or PFX."""

from pathlib import Path

from cryptography import x509

from portcullis.pki import atomic, decoding, pem, pfx
from portcullis.pki.errors import CertificateFileError, PassphraseError

_PKCS7_LABELS = {"PKCS7", "CMS"}
_PKCS7_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # its OID, RFC 5652 section 5.1
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
            f"{path} must hold a certificate in PEM or DER, or be a PFX whose name ends in .pfx or "
            f".p12. {pem_command(path, content)}"
        ) from None


def pem_command(path: Path, content: bytes) -> str:
    """How to get PEM certificates out of a file that is not one."""
    if any(block.label in _PKCS7_LABELS for block in pem.blocks(content)):
        return f"It is PKCS#7; convert it: openssl pkcs7 -print_certs -in {path} -out {path}.pem"
    if _PKCS7_SIGNED_DATA in content[:32]:
        return (
            "It is PKCS#7; convert it: "
            f"openssl pkcs7 -inform DER -print_certs -in {path} -out {path}.pem"
        )
    try:
        decoding.decode(content)
    except ValueError:
        return "A private key or a signing request has no certificate."
    return f"It is DER; convert it: openssl x509 -inform DER -in {path} -out {path}.pem"
