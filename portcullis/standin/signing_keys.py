"""The key service of the stand-in, and an implementation in memory."""

from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.errors import PortcullisError
from portcullis.standin.invented import uuid


class UnknownKeyError(PortcullisError):
    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"The signing key {key_id!r} does not exist. The program looked it up before it "
            "created it; pass the key's own arn or key_id."
        )


class SigningKeys(Protocol):
    """The key service behind ``aws:kms/key:Key``."""

    def create(self, name: str, inputs: Mapping[str, Any]) -> str:
        """Create the key and return its id. ``inputs`` contains the ``region``."""

    def public_key_der(self, key_id_or_arn: str) -> bytes:
        """The public key as SubjectPublicKeyInfo."""


PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def generate(key_spec: str) -> PrivateKey | None:
    """A key of this spec; None for a spec that signs no tokens."""
    if key_spec == "ECC_NIST_P256":
        return ec.generate_private_key(ec.SECP256R1())
    if key_spec == "RSA_2048":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return None


class LocalKeys:
    """Signing keys in memory; the id is derived from the name."""

    def __init__(self) -> None:
        self._keys: dict[str, PrivateKey] = {}

    def create(self, name: str, inputs: Mapping[str, Any]) -> str:
        key_id = uuid("aws:kms/key:Key", name)
        key = generate(inputs.get("customerMasterKeySpec", "SYMMETRIC_DEFAULT"))
        if key is not None:
            self._keys[key_id] = key
        return key_id

    def public_key_der(self, key_id_or_arn: str) -> bytes:
        try:
            key = self._keys[key_id_or_arn.rpartition("/")[2]]
        except KeyError:
            raise UnknownKeyError(key_id_or_arn) from None
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
