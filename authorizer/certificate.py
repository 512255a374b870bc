"""Parses a client certificate and finds the faults that make it unusable at any date.

API Gateway has verified the chain against the truststore before; it checks neither the extended
key usage nor whether the leaf is a CA certificate. Sources: RFC 5280 sections 4.1 and 4.2; RFC 5480
section 2 (elliptic curve keys); RFC 8705 section 3.1 (thumbprint); API Gateway Developer Guide,
"Configuring your truststore" (algorithm floors).
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from authorizer.cache import BoundedCache
from authorizer.der import OBJECT_IDENTIFIER, content, elements
from authorizer.key_strength import weakness
from authorizer.origin import origins
from authorizer.reasons import Reason, RefusedError
from authorizer.twin import twin_of

POINT_FORMS = frozenset({2, 3, 4})  # compressed, uncompressed; not the hybrid forms 6 and 7
HASHES = frozenset({"sha256", "sha384", "sha512"})
ECDSA = frozenset(
    {
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
    }
)
SIGNATURE_ALGORITHMS = ECDSA | {
    SignatureAlgorithmOID.RSA_WITH_SHA256,
    SignatureAlgorithmOID.RSA_WITH_SHA384,
    SignatureAlgorithmOID.RSA_WITH_SHA512,
    SignatureAlgorithmOID.RSASSA_PSS,
}
MAX_ALTERNATIVE_NAMES = 100
MAX_SERIAL_NUMBER_BITS = 160  # 20 octets, RFC 5280 section 4.1.2.2
# The first four are checked here; API Gateway checks the policies with the chain.
PROCESSED_EXTENSIONS = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
    }
)

E = TypeVar("E", bound=x509.ExtensionType)

# One block and nothing around it: other text could hide a second certificate.
_PEM = re.compile(
    r"\s*-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """The facts that a decision reads. Distinguished names are in the form of `canonical`."""

    thumbprint: str  # x5t#S256, RFC 8705
    twin: str | None  # the thumbprint of its twin, see `authorizer.twin`
    serial_number: str  # lower-case hex without leading zeros
    not_before: float  # seconds since the epoch
    not_after: float
    subject: str
    issuer: str
    uris: tuple[str, ...]
    dns_names: tuple[str, ...]  # lower case
    fault: Reason | None  # why this certificate is refused at any date
    fault_detail: str = ""
    origins: tuple[str, ...] = ()  # thumbprints, see `authorizer.origin`
    der: bytes = field(repr=False)  # see `authorizer.issuer_keys`

    @property
    def byte_sequence(self) -> str:
        """The value of a Client-Cert header, RFC 9440 section 2.1."""
        return f":{base64.b64encode(self.der).decode('ascii')}:"


class Certificates:
    """Remembers parsed certificates. A PEM that does not parse is never remembered."""

    def __init__(self, capacity: int = 1024) -> None:
        self._parsed: BoundedCache[str, ClientCertificate] = BoundedCache(capacity)

    def parse(self, pem: str) -> tuple[ClientCertificate, bool]:
        """The certificate, and whether it was remembered.

        Raises:
            RefusedError: ``malformed_certificate``.
        """
        known = self._parsed.get(pem)
        if known is not None:
            return known, True
        certificate = parse(pem)
        self._parsed.put(pem, certificate)
        return certificate, False


def parse(pem: str) -> ClientCertificate:
    """Read one PEM certificate.

    Raises:
        RefusedError: ``malformed_certificate``: not exactly one certificate, or not readable.
    """
    if not _PEM.fullmatch(pem):
        raise RefusedError(Reason.MALFORMED_CERTIFICATE, "must be one PEM certificate")
    try:
        return _read(x509.load_pem_x509_certificate(pem.encode("ascii")))
    except RefusedError:
        raise
    except Exception as error:  # noqa: BLE001 - the parser raises many types
        raise RefusedError(
            Reason.MALFORMED_CERTIFICATE, f"not readable: {type(error).__name__}"
        ) from None


def canonical(name: x509.Name) -> str:
    """A name as a string that does not depend on the order and encoding of its attributes."""
    pairs = sorted([attribute.oid.dotted_string, attribute.value] for attribute in name)
    return json.dumps(pairs, separators=(",", ":"))


def _read(certificate: x509.Certificate) -> ClientCertificate:
    malformed = _malformation(certificate)
    if malformed:
        raise RefusedError(Reason.MALFORMED_CERTIFICATE, malformed)
    uris, dns_names = _alternative_names(certificate.extensions)
    fault, fault_detail = _fault(certificate)
    der = certificate.public_bytes(Encoding.DER)
    has_twin = fault is None and certificate.signature_algorithm_oid in ECDSA
    twin = twin_of(der) if has_twin else None
    return ClientCertificate(
        thumbprint=_thumbprint(der),
        twin=None if twin is None else _thumbprint(twin),
        serial_number=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        subject=canonical(certificate.subject),
        issuer=canonical(certificate.issuer),
        uris=uris,
        dns_names=dns_names,
        fault=fault,
        fault_detail=fault_detail,
        origins=origins(certificate.extensions),
        der=der,
    )


def _thumbprint(der: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode("ascii")


def _malformation(certificate: x509.Certificate) -> str:
    """A violation of RFC 5280 that the parser accepts; empty for none."""
    if certificate.version is not x509.Version.v3:  # extensions of version 1 would mean nothing
        return "the version must be 3"
    # RFC 5280 section 4.1.2.2; a minus would spoil its hex
    if certificate.serial_number <= 0:
        return "the serial number must be positive"
    if certificate.serial_number.bit_length() > MAX_SERIAL_NUMBER_BITS:
        return "the serial number must have at most 20 octets"
    if not certificate.issuer.rdns:  # RFC 5280 section 4.1.2.4
        return "the issuer must not be empty"
    signed, beside = _signature_algorithms(certificate)
    if signed != beside:  # RFC 5280 section 4.1.1.2
        return "the two signature algorithms must be equal"
    return ""


def _alternative_names(extensions: x509.Extensions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = _extension(extensions, x509.SubjectAlternativeName)
    if names is None:
        return (), ()
    if not 1 <= len(list(names)) <= MAX_ALTERNATIVE_NAMES:
        raise RefusedError(Reason.MALFORMED_CERTIFICATE, "there must be 1 to 100 alternative names")
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    dns_names = names.get_values_for_type(x509.DNSName)
    # RFC 5280 section 4.2.1.6: IA5 text. What comes after a zero byte, others may not have seen.
    if not all(name.isascii() and name.isprintable() for name in (*uris, *dns_names)):
        raise RefusedError(
            Reason.MALFORMED_CERTIFICATE, "alternative names must be printable ASCII"
        )
    return tuple(uris), tuple(name.lower() for name in dns_names)


def _fault(certificate: x509.Certificate) -> tuple[Reason | None, str]:
    usage = _usage_fault(certificate.extensions)
    if usage:
        return Reason.WRONG_USAGE, usage
    signature = _signature_fault(certificate)
    if signature:
        return Reason.WEAK_SIGNATURE, signature
    key = _key_fault(certificate)
    if key:
        return Reason.WEAK_KEY, key
    return None, ""


def _usage_fault(extensions: x509.Extensions) -> str:
    if any(e.critical and e.oid not in PROCESSED_EXTENSIONS for e in extensions):
        return "a critical extension that is not processed"  # RFC 5280 section 4.2
    purposes = _extension(extensions, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        return "no extended key usage clientAuth"
    constraints = _extension(extensions, x509.BasicConstraints)
    if constraints is not None and constraints.ca:  # absent: no CA, RFC 5280 section 4.2.1.9
        return "a CA certificate"
    usage = _extension(extensions, x509.KeyUsage)
    if usage is not None and (usage.key_cert_sign or usage.crl_sign):
        return "key usage of a CA"
    if usage is not None and not usage.digital_signature:  # absent: any use, RFC 5280 4.2.1.3
        return "key usage without digitalSignature"
    return ""


def _extension(extensions: x509.Extensions, kind: type[E]) -> E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _signature_fault(certificate: x509.Certificate) -> str:
    if certificate.signature_algorithm_oid not in SIGNATURE_ALGORITHMS:
        return "signature algorithm not accepted"
    try:
        digest = certificate.signature_hash_algorithm
        _ = certificate.signature_algorithm_parameters
    except UnsupportedAlgorithm:
        return "signature parameters not accepted"
    if digest is None or digest.name not in HASHES:
        return "signature hash below SHA-256"
    return ""


def _key_fault(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return "key algorithm not accepted"
    found = weakness(key)
    is_spelled_out = isinstance(key, ec.EllipticCurvePublicKey) and not found
    if is_spelled_out and not _is_plain_elliptic_key(certificate):
        return "elliptic curve or point spelled out"
    return found


def _is_plain_elliptic_key(certificate: x509.Certificate) -> bool:
    """A curve by its name, a point compressed or not: RFC 5480 sections 2.1.1 and 2.2."""
    algorithm, point = elements(_signed_fields(certificate)[6])
    _, curve = elements(algorithm)
    return curve[0] == OBJECT_IDENTIFIER and content(point)[1] in POINT_FORMS


def _signature_algorithms(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """The algorithm among what the issuer signed, and the one beside the signature."""
    _, beside, _ = elements(certificate.public_bytes(Encoding.DER))
    return _signed_fields(certificate)[2], beside


def _signed_fields(certificate: x509.Certificate) -> list[bytes]:
    """Version, serial number, signature, issuer, validity, subject, key, and what follows."""
    return elements(certificate.tbs_certificate_bytes)
