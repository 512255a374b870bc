"""Every extension but the names: RFC 5280 section 4.2."""

from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from authorizer.reasons import Reason
from tests.authorizer.making import LEAF_USAGE
from tests.authorizer.surgery import (
    BOOLEAN,
    EXTENSIONS,
    Element,
    extension,
    object_identifier,
    sequence,
)
from tests.authorizer.vectors.case import MALFORMED, OK, USAGE, Change, Vector, changed, issued

PURPOSES, KEY_USAGE, BASIC, NAMES = (
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
)
CLIENT, SERVER, ANY, CODE = (
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ExtendedKeyUsageOID.CODE_SIGNING,
)
LIMBO, EKU, NC = "limbo rfc5280::", "limbo webpki::eku::", "limbo rfc5280::nc::"
WEB = "a rule of web servers"


def critical(case: str, source: str, expected: Reason, of: x509.ExtensionType) -> Vector:
    return issued(f"critical-{case}", source, expected, extra=((of, True),))


def beside(
    case: str, source: str, expected: Reason, of: x509.ExtensionType, *, why: str = ""
) -> Vector:
    """One more extension, which is not critical."""
    return issued(f"beside-{case}", source, expected, extra=((of, False),), why=why)


def usage(case: str, source: str, expected: Reason, **bits: bool) -> Vector:
    return issued(f"usage-{case}", source, expected, usage=LEAF_USAGE | bits)


def value(
    case: str,
    source: str,
    expected: Reason,
    of: x509.ObjectIdentifier,
    content: bytes,
    *,
    why: str = "",
) -> Vector:
    """Other octets in an extension that a good certificate has."""

    def change(fields: Element) -> None:
        extension(fields, of).inside[-1].content = content

    return changed(case, source, expected, change, why=why)


def _unread(oid: str, content: bytes = b"malformed") -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), content)


def _twice(of: x509.ObjectIdentifier) -> Change:
    return lambda fields: fields[EXTENSIONS][0].inside.append(extension(fields, of))


def _marked(of: x509.ObjectIdentifier, *content: bytes) -> Change:
    """What stands where `critical` does: nothing, or octets of a BOOLEAN."""

    def change(fields: Element) -> None:
        extension(fields, of).inside[1:-1] = [Element(BOOLEAN, each) for each in content]

    return change


def _purposes(*oids: str) -> bytes:
    return sequence(*map(object_identifier, oids)).encoded


PRIVATE = _unread("1.3.6.1.4.1.99999.1", b"")
ACCESS = x509.AuthorityInformationAccess(
    [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("a.b"))]
)
CONSTRAINTS = x509.NameConstraints([x509.DNSName("a.b")], None)
POINTS = x509.CRLDistributionPoints(
    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://a/")], None, None, None)]
)
POLICIES = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), None)]
)
STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
KEY_ID = x509.SubjectKeyIdentifier(b"k" * 20)
ISSUER_KEY_ID = x509.AuthorityKeyIdentifier(b"k" * 20, None, None)
ISSUER_NAMES = x509.IssuerAlternativeName([x509.DNSName("a.b")])
CA_OF_LENGTH_0: dict[str, Any] = {
    "is_ca": None,
    "extra": ((x509.BasicConstraints(ca=True, path_length=0), True),),
}

CRITICAL = (
    critical("unknown", LIMBO + "unknown-critical-extension-ee", USAGE, PRIVATE),
    critical("access", LIMBO + "ee-critical-aia-invalid", USAGE, ACCESS),
    critical("name-constraints", NC + "not-allowed-in-ee-critical", USAGE, CONSTRAINTS),
    critical("precertificate", "RFC 6962 3.1", USAGE, x509.PrecertPoison()),
    critical("key-id", LIMBO + "ski::critical-ski", USAGE, KEY_ID),
    critical("issuer-key-id", LIMBO + "aki::critical-aki", USAGE, ISSUER_KEY_ID),
    critical("issuer-names", "RFC 5280 4.2.1.7", USAGE, ISSUER_NAMES),
    critical("policy-constraints", "RFC 5280 4.2.1.11", USAGE, x509.PolicyConstraints(0, None)),
    critical("inhibit-any-policy", "RFC 5280 4.2.1.14", USAGE, x509.InhibitAnyPolicy(0)),
    critical("distribution-points", "RFC 5280 4.2.1.13", USAGE, POINTS),
    critical("must-staple", "RFC 7633 4.1", USAGE, STAPLE),
    critical("policies", "RFC 5280 4.2.1.4", OK, POLICIES),
    changed(
        "critical-purposes",
        EKU + "ee-critical-eku",
        OK,
        _marked(PURPOSES, b"\xff"),
        why=WEB,
    ),
    changed("critical-as-1", "X.690 11.1", MALFORMED, _marked(BASIC, b"\x01")),
    changed("critical-as-nothing", "X.690 8.2", MALFORMED, _marked(BASIC, b"")),
    changed("critical-twice", "RFC 5280 4.1", MALFORMED, _marked(BASIC, b"\xff", b"\xff")),
    changed("critical-false-written-out", "X.690 11.5", MALFORMED, _marked(PURPOSES, b"\0")),
)

BESIDE = (
    beside("unknown", "RFC 5280 4.2", OK, PRIVATE),
    beside("access", LIMBO + "ee-aia", OK, ACCESS),
    beside(
        "access-malformed", "limbo webpki::malformed-aia", MALFORMED, _unread("1.3.6.1.5.5.7.1.1")
    ),
    beside(
        "name-constraints",
        NC + "not-allowed-in-ee-noncritical",
        OK,
        CONSTRAINTS,
        why="a leaf issues nothing that they could constrain",
    ),
    beside("key-id", "RFC 5280 4.2.1.2", OK, KEY_ID),
    beside("key-id-malformed", "RFC 5280 4.2.1.2", MALFORMED, _unread("2.5.29.14")),
    beside("issuer-key-id", "RFC 5280 4.2.1.1", OK, ISSUER_KEY_ID),
    beside("issuer-key-id-malformed", "RFC 5280 4.2.1.1", MALFORMED, _unread("2.5.29.35")),
    beside("distribution-points", "RFC 5280 4.2.1.13", OK, POINTS),
    beside("policies-malformed", "RFC 5280 4.2.1.4", MALFORMED, _unread("2.5.29.32")),
    issued(
        "no-issuer-key-id",
        LIMBO + "aki::leaf-missing-aki",
        OK,
        why="it helps to find a chain, which API Gateway has done",
    ),
    changed(
        "extensions-empty",
        "RFC 5280 4.1",
        USAGE,
        lambda fields: setattr(fields[EXTENSIONS], "inside", [sequence()]),
    ),
    changed(
        "extensions-missing", "RFC 5280 4.2", USAGE, lambda fields: fields.inside.pop(EXTENSIONS)
    ),
    changed("twice-names", LIMBO + "duplicate-extensions", MALFORMED, _twice(NAMES)),
    changed("twice-purposes", LIMBO + "duplicate-extensions", MALFORMED, _twice(PURPOSES)),
    changed("twice-usage", LIMBO + "duplicate-extensions", MALFORMED, _twice(KEY_USAGE)),
    changed("twice-basic", LIMBO + "duplicate-extensions", MALFORMED, _twice(BASIC)),
)

OURS = (
    issued("purposes-missing", EKU + "ee-without-eku", USAGE, purposes=None),
    issued("purposes-any", EKU + "ee-anyeku", USAGE, purposes=(ANY,)),
    issued("purposes-server", LIMBO + "eku::ee-wrong-eku", USAGE, purposes=(SERVER,)),
    issued("purposes-code", LIMBO + "eku::ee-wrong-eku", USAGE, purposes=(CODE,)),
    issued("purposes-any-and-client", "RFC 5280 4.2.1.12", OK, purposes=(ANY, CLIENT)),
    issued("purposes-server-and-client", "RFC 5280 4.2.1.12", OK, purposes=(SERVER, CLIENT)),
    value("purposes-empty", LIMBO + "eku::ee-eku-empty", MALFORMED, PURPOSES, _purposes()),
    value(
        "purposes-near-miss",
        "RFC 5280 4.2.1.12",
        USAGE,
        PURPOSES,
        _purposes("1.3.6.1.5.5.7.3.2.1", "1.3.6.1.5.5.7.3"),
    ),
    value(
        "purposes-and-more",
        "X.690 8.1",
        MALFORMED,
        PURPOSES,
        _purposes(CLIENT.dotted_string) + b"\0",
    ),
    issued("usage-missing", LIMBO + "no-keyusage", OK, usage=None),
    usage("signs-certificates", LIMBO + "leaf-ku-keycertsign", USAGE, key_cert_sign=True),
    usage("signs-lists", "RFC 5280 4.2.1.3", USAGE, crl_sign=True),
    usage(
        "enciphers-keys",
        "RFC 5280 4.2.1.3",
        USAGE,
        digital_signature=False,
        key_encipherment=True,
    ),
    usage("agrees", "RFC 5280 4.2.1.3", USAGE, digital_signature=False, key_agreement=True),
    usage("commits", "RFC 5280 4.2.1.3", USAGE, digital_signature=False, content_commitment=True),
    usage("signs-and-enciphers", "RFC 5280 4.2.1.3", OK, key_encipherment=True),
    value("usage-no-bits", "RFC 5280 4.2.1.3", USAGE, KEY_USAGE, b"\x03\x01\0"),
    value("usage-no-octets", "X.690 8.6", MALFORMED, KEY_USAGE, b"\x03\0"),
    value("usage-9-unused-bits", "X.690 8.6.2.2", MALFORMED, KEY_USAGE, b"\x03\x02\x09\x80"),
    value("usage-ones-unused", "X.690 11.2.1", MALFORMED, KEY_USAGE, b"\x03\x02\x07\xff"),
    value(
        "usage-zeros-not-cut",
        "X.690 11.2.2",
        OK,
        KEY_USAGE,
        b"\x03\x02\0\x80",
        why="the bits are the same",
    ),
    changed(
        "usage-not-critical",
        "RFC 5280 4.2.1.3",
        OK,
        _marked(KEY_USAGE),
        why="SHOULD be, but it is read either way",
    ),
    issued("basic-missing", LIMBO + "no-basicconstraints", OK, is_ca=None),
    issued("basic-ca", "limbo webpki::ee-basicconstraints-ca", USAGE, is_ca=True),
    issued(
        "basic-ca-that-signs",
        "limbo webpki::ca-as-leaf",
        USAGE,
        is_ca=True,
        usage=LEAF_USAGE | {"key_cert_sign": True},
    ),
    issued(
        "basic-ca-of-length-0",
        "limbo pathlen::validation-ignores-pathlen-in-leaf",
        USAGE,
        why="a chain may end in a CA, a client may not be one",
        **CA_OF_LENGTH_0,
    ),
    value("basic-length-of-no-ca", "RFC 5280 4.2.1.9", MALFORMED, BASIC, b"\x30\x03\x02\x01\0"),
    value(
        "basic-negative-length",
        "RFC 5280 4.2.1.9",
        MALFORMED,
        BASIC,
        b"\x30\x06\x01\x01\xff\x02\x01\xff",
    ),
    value("basic-false-written-out", "X.690 11.5", MALFORMED, BASIC, b"\x30\x03\x01\x01\0"),
    value("basic-true-as-1", "X.690 11.1", MALFORMED, BASIC, b"\x30\x03\x01\x01\x01"),
    value("basic-empty", "X.690 8.1", MALFORMED, BASIC, b""),
    changed(
        "unique-id",
        "RFC 5280 4.1.2.8",
        OK,
        lambda fields: fields.inside.insert(EXTENSIONS, Element(0x82, b"\0\x01")),
        why="no issuer may make one, and nobody here reads it",
    ),
)

CASES = CRITICAL + BESIDE + OURS
