"""The key of the laptop's client CA, for the certificate renewal: the emulated KMS holds it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portcullis.gateway.emulator.planted_keys import PlantedKey
from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose


def authority_file(pki: Path) -> Path:
    """The CA certificate, in place of the file that the settings name."""
    return PkiLayout(pki).authority(Purpose.CLIENT).intermediate


def renewal_key(pki: Path, arn: str) -> PlantedKey:
    """The key of the client CA under the ARN of the settings.

    Raises:
        PkiError: the laptop's authority cannot be used.
    """
    key = hierarchy.load(PkiLayout(pki), Purpose.CLIENT).issuing.key
    kind = "ECC_NIST_P" if isinstance(key, ec.EllipticCurvePrivateKey) else "RSA_"
    return PlantedKey(
        arn=arn,
        private=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        spec=f"{kind}{key.key_size}",
    )
