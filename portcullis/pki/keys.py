"""Private keys: generated in process, stored as PKCS#8 with mode 0600."""

from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from authorizer.key_strength import MAX_RSA_BITS, MIN_RSA_BITS

PublicKey = CertificatePublicKeyTypes
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

RSA_PUBLIC_EXPONENT = 65537
_MIN_EC_BITS = 256
STRONG = f"RSA of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, P-256, P-384, P-521"


class KeyType(StrEnum):
    """The kind of a new key: P-256, unless a partner's system needs RSA."""

    P256 = "p256"
    P384 = "p384"
    RSA_2048 = "rsa2048"
    RSA_3072 = "rsa3072"
    RSA_4096 = "rsa4096"


def generate(key_type: KeyType = KeyType.P256) -> PrivateKey:
    if key_type is KeyType.P256:
        return ec.generate_private_key(ec.SECP256R1())
    if key_type is KeyType.P384:
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(RSA_PUBLIC_EXPONENT, int(key_type.removeprefix("rsa")))


def to_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def from_pem(pem: bytes) -> PrivateKey:
    """Read a key that this package wrote. Raises ValueError for anything else."""
    try:
        # The file is ours alone: the checks on RSA numbers would cost 100 ms and more.
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, UnsupportedAlgorithm) as error:  # TypeError: encrypted
        raise ValueError(str(error)) from None
    if not isinstance(key, PrivateKey):
        raise ValueError("neither an EC nor an RSA key")  # noqa: TRY004 - one error for the caller
    return key


def type_of(public_key: PublicKey) -> KeyType | None:
    """The KeyType that makes keys like this one, or None."""
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return _CURVES.get(public_key.curve.name)
    if isinstance(public_key, rsa.RSAPublicKey):
        return _RSA_SIZES.get(public_key.key_size)
    return None


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > _MIN_EC_BITS:
        return hashes.SHA384()
    return hashes.SHA256()


def belongs(key: PrivateKey, public_key: PublicKey) -> bool:
    """Whether a certificate was made for this key."""
    return key.public_key() == public_key


def describe(public_key: PublicKey) -> str:
    """``EC secp256r1``, ``RSA 2048``, or the type name of another key."""
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"EC {public_key.curve.name}"
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA {public_key.key_size}"
    return type(public_key).__name__.removesuffix("PublicKey")


_CURVES = {"secp256r1": KeyType.P256, "secp384r1": KeyType.P384}
_RSA_SIZES = {2048: KeyType.RSA_2048, 3072: KeyType.RSA_3072, 4096: KeyType.RSA_4096}
