"""What a certificate says, in words a person or a script can use, whoever made the certificate.

Sources: RFC 8705 section 3.1 (``x5t#S256``); RFC 4514 (distinguished names as text).
"""

import base64
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from portcullis.pki import keys

RENEW_WITHIN: Final = timedelta(days=30)
_SERIAL_NUMBER: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]+(?::[0-9A-Fa-f]+)*")

T = TypeVar("T", bound=x509.ExtensionType)


class Validity(StrEnum):
    VALID = "valid"
    RENEW = "needs renewal"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """Every text is printable: a certificate cannot move the cursor of who looks at it."""

    subject: str
    issuer: str
    serial_number: str  # upper-case hex
    names: tuple[str, ...]  # "URI:spiffe://…", "DNS:…", "IP:…"
    usages: tuple[str, ...]  # "clientAuth", or the OID of an uncommon one
    is_authority: bool
    key: str
    signature: str
    not_before: datetime
    not_after: datetime
    days_left: int  # whole days; negative once expired
    validity: Validity
    thumbprint: str  # x5t#S256
    fingerprint: str  # SHA-256, colon-separated hex

    def as_json(self) -> dict[str, Any]:
        """Field names in camelCase, times in ISO 8601."""
        return {
            _camel(name): value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


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


def of(
    certificate: x509.Certificate,
    *,
    now: datetime | None = None,
    renew_within: timedelta | None = None,
) -> CertificateFacts:
    """Raises ValueError for a certificate whose fields cannot be decoded."""
    now = now or datetime.now(UTC)
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    san = _extension(certificate, x509.SubjectAlternativeName)
    try:
        key = keys.describe(certificate.public_key())
    except UnsupportedAlgorithm:
        key = certificate.public_key_algorithm_oid.dotted_string
    return CertificateFacts(
        subject=name_text(certificate.subject),
        issuer=name_text(certificate.issuer),
        serial_number=serial_text(certificate),
        names=tuple(_general_name(name) for name in san or ()),
        usages=tuple(_USAGES.get(oid, oid.dotted_string) for oid in usage or ()),
        is_authority=is_authority(certificate),
        key=key,
        signature=signature_text(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        days_left=(certificate.not_valid_after_utc - now) // timedelta(days=1),
        validity=validity(certificate, now=now, renew_within=renew_within),
        thumbprint=thumbprint(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def validity(
    certificate: x509.Certificate,
    *,
    now: datetime | None = None,
    renew_within: timedelta | None = None,
) -> Validity:
    """Renewal is due in the last 30 days, or in the last third of a life shorter than 90 days."""
    now = now or datetime.now(UTC)
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now >= end:
        return Validity.EXPIRED
    if now < start:
        return Validity.NOT_YET
    if renew_within is None:
        renew_within = min(RENEW_WITHIN, (end - start) / 3)
    return Validity.RENEW if end - now < renew_within else Validity.VALID


def thumbprint(certificate: x509.Certificate) -> str:
    """``x5t#S256``: base64url of the SHA-256 of the DER, without padding."""
    digest = certificate.fingerprint(hashes.SHA256())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def serial_number(certificate: x509.Certificate) -> int:
    """The number as it stands there, even one that is zero or negative."""
    with _quiet():
        return certificate.serial_number


def serial_text(certificate: x509.Certificate) -> str:
    """Upper-case hex in whole octets, as OpenSSL shows it."""
    digits = f"{serial_number(certificate):X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def parse_serial_number(text: str) -> int:
    """A serial number in hexadecimal, with or without colons or 0x in front.

    Raises:
        ValueError: it is anything else.
    """
    if not _SERIAL_NUMBER.fullmatch(text):  # int() would also take 1_0, -5 and other alphabets
        raise ValueError(text)
    return int(text.replace(":", ""), 16)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether basicConstraints says that it is a CA certificate."""
    basic = _extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def signature_text(certificate: x509.Certificate) -> str:
    """``ecdsa-with-SHA256``, or the OID of an algorithm without a name."""
    oid = certificate.signature_algorithm_oid
    return _SIGNATURES.get(oid, oid.dotted_string)


def name_text(name: x509.Name) -> str:
    return printable(name.rfc4514_string()) or "(empty)"


def printable(text: str) -> str:
    """The text with escapes in place of control, bidirectional and unassigned characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def _quiet() -> Iterator[None]:
    # What a stranger's certificate gets wrong is the lint's business, not a line on stderr.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _general_name(name: x509.GeneralName) -> str:
    prefix: Callable[[Any], str]
    for kind, prefix in _NAME_KINDS.items():
        if isinstance(name, kind):
            return printable(prefix(name.value))
    return f"{type(name).__name__}:{printable(str(name.value))}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_NAME_KINDS: Final[dict[type[x509.GeneralName], Callable[[Any], str]]] = {
    x509.UniformResourceIdentifier: "URI:{}".format,
    x509.DNSName: "DNS:{}".format,
    x509.IPAddress: "IP:{}".format,
    x509.RFC822Name: "email:{}".format,
    x509.DirectoryName: lambda name: f"dirName:{name.rfc4514_string()}",
}
_SIGNATURES: Final = {
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: "ecdsa-with-SHA1",
    SignatureAlgorithmOID.ECDSA_WITH_SHA224: "ecdsa-with-SHA224",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
    SignatureAlgorithmOID.RSA_WITH_MD5: "md5WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA1: "sha1WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA224: "sha224WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "sha256WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "sha384WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "sha512WithRSAEncryption",
    SignatureAlgorithmOID.RSASSA_PSS: "rsassaPss",
    SignatureAlgorithmOID.ED25519: "ED25519",
    SignatureAlgorithmOID.ED448: "ED448",
}
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
_USAGES: Final = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
