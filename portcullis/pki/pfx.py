"""PKCS#12 files (PFX): a client's key, certificate and chain in one file for import elsewhere.

Source: RFC 7292; RFC 8018 for the encryption names.
"""

from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from portcullis.pki.credential import Credential
from portcullis.pki.errors import PassphraseError


class PfxEncoding(StrEnum):
    """How the file is encrypted; it must fit the importing system.

    MODERN: AES-256-CBC under PBES2, HMAC-SHA-256. LEGACY: triple DES under PBES1, HMAC-SHA-1;
    a wrong encoding usually shows up as "wrong password" on the device.
    """

    MODERN = "modern"
    LEGACY = "legacy"


def encode(
    credential: Credential,
    friendly_name: str,
    passphrase: str,
    encoding: PfxEncoding = PfxEncoding.MODERN,
) -> bytes:
    """The chain is included without its root, so that importing does not make the root trusted."""
    builder = PrivateFormat.PKCS12.encryption_builder()
    if encoding is PfxEncoding.MODERN:
        builder = (
            builder.kdf_rounds(_MODERN_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
        )
    else:
        builder = (
            builder.kdf_rounds(_LEGACY_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())  # noqa: S303 - what older importers can read
        )
    return pkcs12.serialize_key_and_certificates(
        friendly_name.encode(),
        credential.key,
        credential.certificate,
        credential.chain,
        builder.build(passphrase.encode()),
    )


def certificates(content: bytes, passphrase: str | None) -> list[x509.Certificate]:
    """The leaf and then its chain. Without a passphrase, only a PFX that has none opens.

    Raises:
        PassphraseError: the passphrase is wrong, or the file is not PKCS#12; the error is the same.
    """
    try:
        store = pkcs12.load_pkcs12(content, None if passphrase is None else passphrase.encode())
    except ValueError:
        raise PassphraseError(
            "This PFX does not open: the passphrase is wrong, or the file is not PKCS#12. "
            "Ask the sender of the file for its passphrase."
        ) from None
    leaf = [store.cert] if store.cert else []
    return [entry.certificate for entry in [*leaf, *store.additional_certs]]


_MODERN_ROUNDS = 20_000  # a generated passphrase has 99 bits; more rounds only help weak ones
_LEGACY_ROUNDS = 2_048  # OpenSSL's number; old importers are slow
