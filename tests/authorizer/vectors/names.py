"""Issuer, subject and alternative names: RFC 5280 sections 4.1.2.4, 4.1.2.6 and 4.2.1.6."""

import ipaddress
from functools import cache

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from authorizer.reasons import Reason
from tests.authorizer.making import SHOP_URI, certificate, name, pem
from tests.authorizer.surgery import (
    BIT_STRING,
    BMP_STRING,
    ISSUER,
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    SUBJECT,
    T61_STRING,
    UTF8_STRING,
    Element,
    extension,
    length,
    object_identifier,
    sequence,
)
from tests.authorizer.vectors.case import (
    EVENT,
    MALFORMED,
    OK,
    SHOP_NAME,
    UNKNOWN,
    Change,
    Vector,
    changed,
    issued,
    put,
    shown,
)

NAMES_RULE, DER_RULE, NUL = "RFC 5280 4.2.1.6", "X.690 8.23", "CVE-2009-2408"
SAN, PERMITTED = "limbo webpki::san::", "limbo rfc5280::nc::"
WEB = "a rule of web servers: here a common name is no host name"
# Kinds of alternative names by their tags.
OTHER, EMAIL, HOST, X400, DIRECTORY, EDI, URI, ADDRESS, ID = (
    *(0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5),
    *(0x86, 0x87, 0x88),
)


def _alternative(content: bytes) -> Change:
    def change(fields: Element) -> None:
        extension(fields, ExtensionOID.SUBJECT_ALTERNATIVE_NAME).inside[-1].content = content

    return change


def _beside(tag: int, content: bytes) -> Change:
    """The registered URI, and one name more."""
    names = b"".join(
        bytes([kind]) + length(len(text)) + text
        for kind, text in ((URI, SHOP_URI.encode()), (tag, content))
    )
    return _alternative(bytes([SEQUENCE]) + length(len(names)) + names)


def beside(
    case: str, source: str, expected: Reason, tag: int, content: bytes, *, why: str = ""
) -> Vector:
    return changed(f"beside-{case}", source, expected, _beside(tag, content), why=why)


def only(case: str, source: str, expected: Reason, *names: x509.GeneralName) -> Vector:
    """No subject that is registered: only these names could lead to the client."""

    def named(*of: x509.GeneralName) -> x509.Certificate:
        return certificate(
            subject=name(CN="somebody"), uris=(), extra=((x509.SubjectAlternativeName(of), False),)
        )

    return shown(
        f"only-{case}",
        source,
        expected,
        lambda: pem(named(*names)),
        of=lambda: named(x509.DNSName(SHOP_NAME)),
    )


def host(case: str, source: str, expected: Reason, text: str) -> Vector:
    return only(f"host-{case}", source, expected, x509.DNSName(text))


@cache
def by_subject() -> x509.Certificate:
    return certificate(serial_number=1, uris=())


def subject(
    case: str,
    source: str,
    expected: Reason,
    content: bytes,
    *,
    tag: int = UTF8_STRING,
    why: str = "",
) -> Vector:
    """No alternative name: only this common name could lead to the client."""
    change = put(SUBJECT, sequence(_common_name(tag, content)))
    return changed(f"subject-{case}", source, expected, change, of=by_subject, why=why)


def _common_name(tag: int, content: bytes) -> Element:
    return Element(SET, inside=[sequence(object_identifier("2.5.4.3"), Element(tag, content))])


def _long_subject(count: int) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, f"t{n}@test") for n in range(count)]
    )


def _uris(count: int) -> tuple[str, ...]:
    return (SHOP_URI, *(f"https://example.com/{n}" for n in range(1, count)))


_CRITICAL = ((x509.SubjectAlternativeName([x509.UniformResourceIdentifier(SHOP_URI)]), True),)

WHOLE = (
    changed("issuer-empty", "limbo rfc5280::ee-empty-issuer", MALFORMED, put(ISSUER, sequence())),
    changed(
        "subject-empty",
        "limbo rfc5280::san::noncritical-with-empty-subject",
        OK,
        put(SUBJECT, sequence()),
        why="the alternative names are read either way",
    ),
    issued(
        "subject-empty-names-critical",
        NAMES_RULE,
        OK,
        subject=x509.Name([]),
        uris=(),
        extra=_CRITICAL,
    ),
    issued(
        "names-critical",
        SAN + "san-critical-with-nonempty-subject",
        OK,
        uris=(),
        extra=_CRITICAL,
        why="a rule of web servers: a critical extension that is read does no harm",
    ),
    issued("names-missing", SAN + "no-san", OK, uris=(), why="a client may be its subject"),
    issued("cn-not-in-san", "limbo webpki::cn::not-in-san", OK, subject=name(CN="a.b"), why=WEB),
    issued(
        "cn-address-in-hex",
        "limbo webpki::cn::ipv4-hex-mismatch",
        OK,
        subject=name(CN="0xC0A80101"),
        why=WEB,
    ),
    changed("names-empty", NAMES_RULE, MALFORMED, _alternative(b"\x30\0")),
    changed("names-as-text", "limbo rfc5280::san::malformed", MALFORMED, _alternative(b"a.b")),
    issued("names-100", "our limit", OK, uris=_uris(100)),
    issued("names-101", "our limit", MALFORMED, uris=_uris(101)),
    issued(
        "names-2048",
        "limbo pathological::nc-dos-2",
        EVENT,
        dns_names=tuple(f"t{n}.test" for n in range(2048)),
    ),
    issued(
        "subject-of-2048-attributes",
        "limbo pathological::nc-dos-3",
        EVENT,
        subject=_long_subject(2048),
    ),
    issued(
        "subject-of-200-attributes",
        "limbo pathological::nc-dos-3",
        OK,
        subject=_long_subject(200),
        why="no name constraints are checked here, so that nothing grows with its square",
    ),
)

BESIDE = (
    beside("zero-in-a-host", NUL, MALFORMED, HOST, b"shop.example\0.evil.example"),
    beside("zero-in-a-uri", NUL, MALFORMED, URI, SHOP_URI.encode() + b"\0.evil.example"),
    beside("new-line", NAMES_RULE, MALFORMED, URI, b"https://a\r\nX-Admin: 1"),
    beside(
        "emoji", SAN + "unicode-emoji-san", MALFORMED, HOST, "\U0001f415.example".encode("utf-8")
    ),
    beside("latin-1", NAMES_RULE, MALFORMED, HOST, b"caf\xe9.example"),
    beside("not-utf-8", NAMES_RULE, MALFORMED, URI, b"https://\xff"),
    beside("address-of-5-octets", NAMES_RULE, MALFORMED, ADDRESS, b"12345"),
    beside("address-empty", NAMES_RULE, MALFORMED, ADDRESS, b""),
    beside("unknown-kind", NAMES_RULE, MALFORMED, 0x89, b"x"),
    beside("constructed-host", "X.690 10.2", MALFORMED, 0xA2, b"\x16\x01a"),
    beside("other-without-value", NAMES_RULE, MALFORMED, OTHER, b"\x06\x01\x2a"),
    beside("cut-off-id", "X.690 8.19", MALFORMED, ID, b"\x2a\x83"),
    beside("x400", NAMES_RULE, MALFORMED, X400, b"\x30\0", why="the parser knows none of these"),
    beside("edi", NAMES_RULE, MALFORMED, EDI, b"\xa1\x03\x0c\x01x", why="as above"),
    beside("directory", NAMES_RULE, OK, DIRECTORY, b"\x30\0"),
    beside("id", NAMES_RULE, OK, ID, b"\x2a\x03"),
    beside("empty-host", NAMES_RULE, OK, HOST, b"", why="nobody can register it"),
    beside("emoji-in-email", NAMES_RULE, OK, EMAIL, b"\xf0\x9f\x90\x95@a", why="it is not read"),
)

ONLY = (
    host("as-registered", SAN + "exact-dns-san", OK, SHOP_NAME),
    host("in-capitals", NAMES_RULE, OK, SHOP_NAME.upper()),
    host("of-another", SAN + "mismatch-domain-san", UNKNOWN, "shop.example.com"),
    host("below", SAN + "mismatch-subdomain-san", UNKNOWN, "a.shop.example"),
    host("above", SAN + "mismatch-apex-subdomain-san", UNKNOWN, "example"),
    host("leading-dot", PERMITTED + "invalid-dnsname-leading-period", UNKNOWN, ".shop.example"),
    host("trailing-dot", "RFC 1034 3.1", UNKNOWN, "shop.example."),
    host("wildcard", SAN + "leftmost-wildcard-san", UNKNOWN, "*.example"),
    host("wildcard-only", SAN + "san-wildcard-only", UNKNOWN, "*"),
    host("wildcard-tld", SAN + "san-wildcard-only-tld", UNKNOWN, "*."),
    host("wildcard-inside", SAN + "wildcard-embedded-leftmost-san", UNKNOWN, "sh*p.example"),
    host("wildcard-right", SAN + "wildcard-not-in-leftmost-san", UNKNOWN, "shop.*"),
    host("wildcard-public", SAN + "public-suffix-wildcard-san", UNKNOWN, "*.com"),
    host("wildcard-u-label", SAN + "wildcard-embedded-ulabel-san", UNKNOWN, "xn--*-1b3c.example"),
    host("underscore", "limbo rfc5280::san::underscore-dns", UNKNOWN, "_shop.example"),
    host("space", "RFC 1034 3.5", UNKNOWN, "shop.example "),
    host("address", "limbo rfc5280::san::ip-in-dns", UNKNOWN, "127.0.0.1"),
    host("uri", NAMES_RULE, UNKNOWN, SHOP_URI),
    only("host-in-uri", NAMES_RULE, UNKNOWN, x509.UniformResourceIdentifier(SHOP_NAME)),
    only(
        "address",
        SAN + "exact-localhost-ip-san",
        UNKNOWN,
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ),
    only(
        "email",
        PERMITTED + "nc-permits-email-exact",
        UNKNOWN,
        x509.RFC822Name("pet-shop@shop.example"),
    ),
    only(
        "email-malformed", PERMITTED + "invalid-email-address", UNKNOWN, x509.RFC822Name("pet-shop")
    ),
    only("directory", NAMES_RULE, UNKNOWN, x509.DirectoryName(name(CN="pet-shop"))),
    only(
        "other",
        PERMITTED + "nc-forbids-othername",
        UNKNOWN,
        x509.OtherName(x509.NameOID.COMMON_NAME, b"\x0c\x08pet-shop"),
    ),
    only("id", NAMES_RULE, UNKNOWN, x509.RegisteredID(x509.NameOID.COMMON_NAME)),
)

FOLD = "RFC 5280 7.1 may fold them; a registered text is compared as it is"
SUBJECTS = (
    subject("zero-inside", NUL, UNKNOWN, b"pet-shop\0.evil.example"),
    subject("zero-at-the-end", NUL, UNKNOWN, b"pet-shop\0"),
    subject("capitals", "limbo webpki::cn::case-mismatch", UNKNOWN, b"PET-SHOP", why=FOLD),
    subject("spaces", "RFC 5280 7.1", UNKNOWN, b" pet-shop ", why=FOLD),
    subject(
        "look-alike",
        "limbo webpki::cn::utf8-vs-punycode-mismatch",
        UNKNOWN,
        "pet-sh\u043ep".encode(),
    ),
    changed(
        "subject-two-common-names",
        "RFC 5280 4.1.2.6",
        UNKNOWN,
        lambda fields: fields[SUBJECT].inside.append(_common_name(UTF8_STRING, b"mallory")),
        of=by_subject,
    ),
    subject("printable", "RFC 5280 4.1.2.4", OK, b"pet-shop", tag=PRINTABLE_STRING),
    subject("bmp", "RFC 5280 4.1.2.4", OK, "pet-shop".encode("utf-16-be"), tag=BMP_STRING),
    subject("teletex", "RFC 5280 4.1.2.4", OK, b"pet-shop", tag=T61_STRING),
    subject("odd-octets", DER_RULE, MALFORMED, b"pet", tag=BMP_STRING),
    subject("not-utf-8", DER_RULE, MALFORMED, b"pet-shop\xff"),
    subject("surrogate", DER_RULE, MALFORMED, b"pet-shop\xed\xa0\x80"),
    subject("overlong-zero", DER_RULE, MALFORMED, b"pet-shop\xc0\x80"),
    subject("bits", "RFC 5280 4.1.2.4", MALFORMED, b"\0pet-shop", tag=BIT_STRING),
    changed(
        "subject-empty-set",
        "RFC 5280 4.1.2.4",
        MALFORMED,
        put(SUBJECT, sequence(Element(SET))),
        of=by_subject,
    ),
)

CASES = WHOLE + BESIDE + ONLY + SUBJECTS
