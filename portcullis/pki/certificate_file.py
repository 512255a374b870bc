"""Reads the certificates of a file: PEM, DER or PFX."""

import shlex
from pathlib import Path

from cryptography import x509

from portcullis.pki import atomic, decoding, pem, pfx
from portcullis.pki.certificate_text import printable
from portcullis.pki.errors import CertificateFileError, PassphraseError

_PKCS7 = "It is PKCS#7; convert it: openssl pkcs7 -print_certs -in {source} -out {target}"
_CONVERSIONS = {
    "PKCS7": _PKCS7,
    "CMS": _PKCS7,
    "TRUSTED CERTIFICATE": "It is OpenSSL's own form of a certificate; convert it: openssl x509 "
    "-in {source} -out {target}",
    "X509 CERTIFICATE": "It has an old label; convert it: openssl x509 -in {source} -out {target}",
}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What comes first in their outermost sequence: an OID, RFC 5652 section 5.1; version 3, and the
# sequence that begins with an OID, RFC 7292 section 4.
_PKCS7_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_PKCS12_VERSION, _PKCS12_DATA = bytes.fromhex("020103"), bytes.fromhex("06092a864886f70d0107")
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_PFX_SUFFIXES = {".pfx", ".p12"}


def read(path: Path, passphrase: str | None = None) -> list[x509.Certificate]:
    """Every certificate, in the order of the file; at least one.

    Raises:
        CertificateFileError: the file has no certificate that can be parsed.
        PassphraseError: a PFX without a passphrase, or with a wrong one.
    """
    content = atomic.read(path)
    if path.suffix.lower() in _PFX_SUFFIXES:
        try:
            return pfx.certificates(content, passphrase)
        except PassphraseError:
            if passphrase is not None:
                raise
            raise PassphraseError(
                f"{path} is an encrypted PFX. Give its passphrase with --passphrase-file, "
                "--passphrase-env or --ask-passphrase."
            ) from None
    try:
        return certificates(content) if _BEGIN in content else [decoding.decode(content)]
    except ValueError:
        raise CertificateFileError(
            f"{path} must hold a certificate in PEM or DER, or be a PFX whose name ends in .pfx or "
            f".p12. {pem_command(path, content)}"
        ) from None


def certificates(content: bytes) -> list[x509.Certificate]:
    """The CERTIFICATE blocks of a PEM file, in its order; other blocks are left out.

    Raises:
        ValueError: there is none, or one of them is cut or malformed.
    """
    if _BEGIN in pem.outside(content):
        raise ValueError("a certificate has no end")
    found = [b.binary() for b in pem.blocks(content) if b.label == pem.CERTIFICATE]
    if not found:
        raise ValueError("no certificate")
    return [decoding.decode(der) for der in found]


def pem_command(path: Path, content: bytes) -> str:
    """How to get PEM certificates out of a file that is not one."""
    labels = [block.label for block in pem.blocks(content)]
    for label in labels:
        if label in _CONVERSIONS:
            return conversion(label, path)
    if _BEGIN in content:
        return "A certificate in it is cut or damaged: get the file again from its owner."
    if labels:
        found = ", ".join(printable(label[:40]) for label in dict.fromkeys(labels))
        return f"A certificate is labelled CERTIFICATE, but the file has: {found}."
    return _command_without_pem(path, content)


def _command_without_pem(path: Path, content: bytes) -> str:
    source, target = _quoted(path)
    if _PKCS7_SIGNED_DATA in content[:32]:
        return (
            "It is PKCS#7; convert it: "
            f"openssl pkcs7 -inform DER -print_certs -in {source} -out {target}"
        )
    if _PKCS12_VERSION in content[:8] and _PKCS12_DATA in content[:32]:
        return (
            "It is a PFX (PKCS#12); convert it: "
            f"openssl pkcs12 -clcerts -nokeys -in {source} -out {target}"
        )
    if content.startswith(_UTF_16_MARKS):
        return f"It is UTF-16 text; convert it: iconv -f UTF-16 -t ASCII {source} > {target}"
    try:
        decoding.decode(content)
    except ValueError:
        return "It has no PEM block." if content.strip() else "It is empty."
    return f"It is DER; convert it: openssl x509 -inform DER -in {source} -out {target}"


def conversion(label: str, path: Path) -> str:
    """The command for a PEM block of another label; empty where there is none."""
    source, target = _quoted(path)
    return _CONVERSIONS.get(label, "").format(source=source, target=target)


def _quoted(path: Path) -> tuple[str, str]:
    """A file and the one beside it that a command writes, as arguments of a shell."""
    return shlex.quote(str(path)), shlex.quote(f"{path}.pem")
