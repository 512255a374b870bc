"""Fields of a certificate as text: names, serial numbers, algorithms, usages. Always printable.

Source: RFC 4514 (distinguished names as text).
"""

from collections.abc import Callable
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from portcullis.pki import decoding, identifiers


def serial_text(certificate: x509.Certificate) -> str:
    """Lower-case hex, even of a serial number that is zero or negative."""
    return identifiers.serial_text(decoding.serial_number(certificate))


def signature_text(certificate: x509.Certificate) -> str:
    """``ecdsa-with-SHA256``, or the OID of an algorithm without a name."""
    oid = certificate.signature_algorithm_oid
    return _SIGNATURES.get(oid, oid.dotted_string)


def name_text(name: x509.Name) -> str:
    return printable(name.rfc4514_string()) or "(empty)"


def attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The first value of an attribute of a name; empty where there is none."""
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def printable(text: str) -> str:
    """The text with escapes in place of control, bidirectional and unassigned characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def general_name(name: x509.GeneralName) -> str:
    prefix: Callable[[Any], str]
    for kind, prefix in _NAME_KINDS.items():
        if isinstance(name, kind):
            return printable(prefix(name.value))
    return f"{type(name).__name__}:{printable(str(name.value))}"


def usage_text(oid: x509.ObjectIdentifier) -> str:
    """``clientAuth``, or the OID of an uncommon usage."""
    return _USAGES.get(oid, oid.dotted_string)


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
_USAGES: Final = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
