"""Bad truststores and strange good ones, each with a client, and what everyone says about it.

The table in docs/guide/truststores.md has one row for each.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from portcullis.pki import forge, keys
from portcullis.pki.credential import Credential, to_pem
from tests.authorizer import surgery
from tests.portcullis.pki.truststore.making import forge_pem

NOW, DAY = datetime.now(UTC), timedelta(days=1)
ROOT_KEY, ISSUING_KEY, OTHER_KEY = keys.generate(), keys.generate(), keys.generate()
ACCEPTED, REFUSED, NOT_STARTED = "accepted", "refused", "does not start"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One row of the table. ``gateway`` says what becomes of the client."""

    what: str
    content: bytes
    client: Credential
    errors: tuple[str, ...] = ()  # codes of the lint, each once
    warnings: tuple[str, ...] = ()
    gateway: str = ACCEPTED
    aws: str


def named(subject: str | x509.Name) -> x509.Name:
    if isinstance(subject, x509.Name):
        return subject
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])


def ca(
    subject: str | x509.Name = "root",
    key: Any = ROOT_KEY,
    *extra: tuple[x509.ExtensionType, bool],
    issuer: str | x509.Name | None = None,
    signer: Any = None,
    start: timedelta = -DAY,
    end: timedelta = 1000 * DAY,
    has_basic: bool = True,
    path_length: int | None = None,
    usage: tuple[bool, bool] | None = (True, True),  # keyCertSign, cRLSign
    identifier: bool = True,
    serial_number: int | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> x509.Certificate:
    """A CA certificate; self-signed without an issuer. Each argument breaks one thing."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(subject if issuer is None else issuer))
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(NOW + start)
        .not_valid_after(NOW + end)
    )
    if has_basic:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=path_length), critical=True
        )
    if usage is not None:
        flags = (not any(usage), False, False, False, False, *usage, False, False)
        builder = builder.add_extension(x509.KeyUsage(*flags), critical=True)
    if identifier:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(own, critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    signer = signer or key
    is_edwards = isinstance(signer, ed25519.Ed25519PrivateKey)
    return builder.sign(signer, None if is_edwards else digest or hashes.SHA256())


def issuing(*extra: tuple[x509.ExtensionType, bool], **changes: Any) -> x509.Certificate:
    return ca("issuing", ISSUING_KEY, *extra, **{"issuer": "root", "signer": ROOT_KEY} | changes)


def client(
    issuer: str | x509.Name = "issuing", signer: Any = ISSUING_KEY, *, names_key: bool = True
) -> Credential:
    key = keys.generate()
    names = [
        x509.UniformResourceIdentifier("spiffe://a/shop"),
        x509.DNSName("shop.partner.example"),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(named("shop"))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 5 * DAY)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    if names_key:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(above, critical=False)
    is_edwards = isinstance(signer, ed25519.Ed25519PrivateKey)
    signed = builder.sign(signer, None if is_edwards else hashes.SHA256())
    return Credential(certificate=signed, key=key)


ROOT, ISSUING = ca(), issuing()
GOOD = to_pem(ISSUING, ROOT)
SHOP, OF_ROOT = client(), client("root", ROOT_KEY)
LINES = GOOD.decode()


def identifier(key_identifier: bytes | None, serial_number: int) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier(
        key_identifier, [x509.DirectoryName(named("root"))], serial_number
    )


def signed_again(
    change: Callable[[surgery.Element], object], of: x509.Certificate = ROOT, signer: Any = ROOT_KEY
) -> bytes:
    """The PEM of a certificate that its issuer signed with this change inside."""
    fields = surgery.parse(of.tbs_certificate_bytes)
    algorithm = copy.deepcopy(fields[surgery.SIGNATURE])
    change(fields)
    signature = surgery.bits(signer.sign(fields.encoded, ec.ECDSA(hashes.SHA256())))
    return forge_pem(surgery.sequence(fields, algorithm, signature).encoded)


def _version_1(fields: surgery.Element) -> None:
    del fields.inside[surgery.EXTENSIONS], fields.inside[surgery.VERSION]


def _negative(fields: surgery.Element) -> None:
    fields[surgery.SERIAL_NUMBER].content = b"\x85"


def _explicit_curve(fields: surgery.Element) -> None:
    fields[surgery.KEY][0][1].raw = EXPLICIT_P256


def with_md5() -> bytes:
    """Says that it is signed with MD5; nobody verifies such a signature."""
    whole = surgery.parse(ISSUING.public_bytes(Encoding.DER))
    for algorithm in (whole[0][surgery.SIGNATURE], whole[1]):
        algorithm[0].content = bytes.fromhex("2a864886f70d010104")  # md5WithRSAEncryption
    return forge_pem(whole.encoded)


EXPLICIT_P256 = bytes.fromhex(
    "3081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffff"
    "ffffffffff305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8"
    "aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7"
    "819f7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b"
    "8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faad"
    "a7179e84f3b9cac2fc632551020101"
)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
GARBAGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.7"), b"no sequence")
X400 = x509.UnrecognizedExtension(
    x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, bytes.fromhex("3004a3023000")
)
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def with_sha1() -> bytes:
    """An issuing CA that its root signed with SHA-1, which the library does not do."""
    weak = forge._sign_again_with_sha1(ISSUING, ROOT_KEY)
    return to_pem(weak, ROOT)


WEAK_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point
KOBLITZ = ec.generate_private_key(ec.SECP256K1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()


def _long(fields: surgery.Element) -> None:
    fields[surgery.SERIAL_NUMBER].content = b"\1" * 21


def _minutes(fields: surgery.Element) -> None:
    fields[surgery.VALIDITY][0].content = b"2001010000Z"


def _constraints(fields: surgery.Element) -> surgery.Element:
    return surgery.extension(fields, x509.ExtensionOID.BASIC_CONSTRAINTS)


def _ber(fields: surgery.Element) -> None:
    _constraints(fields).inside[-1].content = bytes.fromhex("3003010101")  # TRUE is 255 in DER


def _twice(fields: surgery.Element) -> None:
    fields[surgery.EXTENSIONS][0].inside.append(_constraints(fields))


def _named(content: bytes, tag: int) -> surgery.Element:
    common_name = surgery.object_identifier("2.5.4.3")
    attribute = surgery.sequence(common_name, surgery.Element(tag, content))
    return surgery.sequence(surgery.Element(surgery.SET, inside=[attribute]))


def _subject(content: bytes, tag: int = surgery.UTF8_STRING) -> Callable[[surgery.Element], None]:
    def change(fields: surgery.Element) -> None:
        for field in (surgery.ISSUER, surgery.SUBJECT):
            fields.inside[field] = _named(content, tag)

    return change


def printable_issuer() -> bytes:
    def change(fields: surgery.Element) -> None:
        fields.inside[surgery.ISSUER] = _named(b"root", surgery.PRINTABLE_STRING)

    return signed_again(change, ISSUING)


def _changed_signature(of: x509.Certificate) -> bytes:
    der = of.public_bytes(Encoding.DER)
    return der[:-1] + bytes([der[-1] ^ 1])


def pfx_file() -> bytes:
    encryption = BestAvailableEncryption(b"secret")
    return pkcs12.serialize_key_and_certificates(None, ROOT_KEY, ROOT, None, encryption)


def names(domain: str) -> tuple[x509.NameConstraints, bool]:
    return x509.NameConstraints([x509.DNSName(domain)], None), True


def long_names(count: int) -> bytes:
    def subject(number: int) -> x509.Name:
        organization, unit = x509.NameOID.ORGANIZATION_NAME, x509.NameOID.ORGANIZATIONAL_UNIT_NAME
        return x509.Name(
            [
                x509.NameAttribute(organization, "Example Partner Trust Services Limited"),
                x509.NameAttribute(unit, "Certification Authorities of Client Certificates"),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Issuing Authority {number:04}"),
            ]
        )

    return to_pem(*(ca(subject(number)) for number in range(count)), ISSUING, ROOT)


def chain(length: int) -> tuple[bytes, Credential]:
    """A root and CAs below it, and a client of the lowest."""
    found, key = [ca("level 1")], ROOT_KEY
    for level in range(2, length + 1):
        below = keys.generate()
        found.insert(0, ca(f"level {level}", below, issuer=f"level {level - 1}", signer=key))
        key = below
    return to_pem(*found), client(f"level {length}", key)


def circle() -> bytes:
    one = ca("root", ROOT_KEY, issuer="other", signer=OTHER_KEY)
    two = ca("other", OTHER_KEY, issuer="root", signer=ROOT_KEY)
    return to_pem(one, two, ROOT, ca("other", OTHER_KEY))


def labelled(label: str) -> bytes:
    return LINES.replace(" CERTIFICATE", f" {label}").encode()


def pkcs7_pem() -> bytes:
    return pkcs7.serialize_certificates([ISSUING, ROOT], Encoding.PEM)


DEEP, DEEP_CLIENT = chain(5)
EMPTY = x509.Name([])
AS_OPENSSL = "inferred: as OpenSSL"
WARNS = "documented: warning for a certificate that is invalid, 403 for clients below it"
SHA_256 = "documented: SHA-256 or stronger"
STRENGTH = "documented: RSA-2048 or ECDSA-256, or stronger"
UNKNOWN_TO_US = "not documented"
STOPS = "inferred: OpenSSL reads nothing after it"
GLUE_ZERO = GOOD.replace(b"-----\n-----", b"-----\n\0\n-----")


def rows() -> Iterator[Bundle]:
    yield from files()
    yield from certificates()
    yield from chains()


def _file(what: str, content: bytes | str, *errors: str, **changes: Any) -> Bundle:
    values = {"client": SHOP, "aws": AS_OPENSSL} | changes
    encoded = content.encode() if isinstance(content, str) else content
    return Bundle(what=what, content=encoded, errors=errors, **values)


def files() -> Iterator[Bundle]:
    """What may be wrong with the file."""
    no, warned = {"gateway": NOT_STARTED}, {"warnings": ("text-outside-pem",)}
    lines = LINES.splitlines()
    yield _file("issuing CA and root", GOOD, aws="documented: accepted")
    yield _file("CRLF line ends", LINES.replace("\n", "\r\n"))
    yield _file("CR line ends", LINES.replace("\n", "\r"), "malformed-pem", **no)
    yield _file("byte order mark", "\ufeff" + LINES, "not-ascii")
    yield _file("UTF-16", LINES.encode("utf-16"), "not-pem", **no)
    yield _file("text after the last block", LINES + "regards\n", **warned)
    yield _file("bag attributes of PKCS#12", "Bag Attributes\nsubject=CN = a\n" + LINES, **warned)
    indented = "".join(f"    {line}\n" for line in lines)
    yield _file("indented, as in YAML", indented, "malformed-pem", **no)
    glued = LINES.replace("-----\n-----", "----------")
    yield _file("END and BEGIN on one line (`cat` of files)", glued, "malformed-pem", **no)
    yield _file("a name before BEGIN", "ca: " + LINES, "malformed-pem", **no, **warned)
    yield _file("line ends lost", LINES.replace("\n", " "), "malformed-pem", **no)
    yield _file(
        "`\\n` spelled out", LINES.replace("\n", "\\n"), "malformed-certificate", **no, **warned
    )
    yield _file("blank lines inside", LINES.replace("\n", "\n\n"), "malformed-pem", **no)
    yield _file("spaces at line ends", LINES.replace("\n", "  \n"))
    yield _file("DER", ROOT.public_bytes(Encoding.DER), "not-pem", **no)
    yield _file("PKCS#7", pkcs7_pem(), "not-a-certificate", **no)
    yield _file("TRUSTED CERTIFICATE", labelled("TRUSTED CERTIFICATE"), "not-a-certificate", **no)
    yield _file("X509 CERTIFICATE", labelled("X509 CERTIFICATE"), "not-a-certificate")
    yield _file(
        "a private key among them",
        GOOD + keys.to_pem(ROOT_KEY),
        "private-key",
        aws="uploaded to S3",
    )
    cut = "".join(f"{line}\n" for line in (*lines[:2], *lines[3:]))
    yield _file("a line of base64 lost", cut, "malformed-certificate", aws=WARNS, **no)
    yield _file(
        "the end lost", LINES[:-40], "malformed-pem", "incomplete-chain", gateway=REFUSED, aws=WARNS
    )
    marked = LINES.replace("-----BEGIN", "\ufeff-----BEGIN")
    yield _file("a byte order mark before each block", marked, "malformed-pem", "not-ascii")
    yield _file("a zero byte between the blocks", GLUE_ZERO, "not-ascii", aws=STOPS)
    yield _file(
        "base64 in lines of 76",
        b"".join(forge_pem(c.public_bytes(Encoding.DER)) for c in (ISSUING, ROOT)),
    )
    headers = LINES.replace("CERTIFICATE-----\nM", "CERTIFICATE-----\nComment: a\n\nM")
    yield _file("headers of RFC 1421", headers, "malformed-certificate", **no)
    crl = labelled("X509 CRL")
    yield _file("a revocation list among them", GOOD + crl, "not-a-certificate", aws=STOPS)
    yield _file("PFX", pfx_file(), "not-pem", **no)
    yield _file("DER after the PEM", GOOD + ROOT.public_bytes(Encoding.DER), "not-ascii")
    longer = forge_pem(ISSUING.public_bytes(Encoding.DER) + b"\0") + to_pem(ROOT)
    yield _file("an octet after the certificate", longer, "malformed-certificate", **no)
    yield _file("empty", "", "empty", **no)
    yield _file("comments only", "# our partners\n", "not-pem", **no)
    yield _file("an HTML page", "<html></html>\n", "not-pem", **no)
    large = "documented: less than 1000 KB"
    yield _file("1000 KB", GOOD + b"\n" * (1_000_000 - len(GOOD)), "too-large", aws=large)
    yield _file(
        "650 CAs with long names", long_names(650), "names-too-long", aws=UNKNOWN_TO_US, **no
    )


def certificates() -> Iterator[Bundle]:
    """What may be wrong with one certificate."""

    def of_root(what: str, content: bytes, *errors: str, **changes: Any) -> Bundle:
        return _file(what, content, *errors, **({"client": OF_ROOT} | changes))

    def of_issuing(
        what: str, extra: tuple[x509.ExtensionType, bool], *errors: str, **changes: Any
    ) -> Bundle:
        return _file(what, to_pem(issuing(extra), ROOT), *errors, **changes)

    no = {"gateway": REFUSED}
    late, early = ca(start=-9 * DAY, end=-DAY), ca(start=DAY)
    yield of_root("expired root", to_pem(late), "expired", aws=WARNS, **no)
    yield of_root("root of tomorrow", to_pem(early), "not-yet-valid", aws=WARNS, **no)
    of_weak = client("root", WEAK_RSA)
    yield _file(
        "RSA-1024", to_pem(ca(key=WEAK_RSA)), "weak-key", client=of_weak, aws=STRENGTH, **no
    )
    yield _file(
        "secp256k1",
        to_pem(ca(key=KOBLITZ)),
        "weak-key",
        client=client("root", KOBLITZ),
        aws=STRENGTH,
    )
    yield _file(
        "Ed25519",
        to_pem(ca(key=EDWARDS)),
        "weak-key",
        "weak-signature",
        client=client("root", EDWARDS),
        aws=STRENGTH,
    )
    yield of_root(
        "curve spelled out",
        signed_again(_explicit_curve),
        "explicit-curve",
        **no,
    )
    yield _file("SHA-1 on an issuing CA", with_sha1(), "weak-signature", aws=SHA_256, **no)
    yield _file(
        "MD5 on an issuing CA", with_md5() + to_pem(ROOT), "weak-signature", aws=SHA_256, **no
    )
    bare = ca(has_basic=False, usage=None)
    yield of_root("root without basicConstraints", to_pem(bare), "not-an-authority", **no)
    yield of_root(
        "root of version 1",
        signed_again(_version_1),
        "not-an-authority",
        aws="inferred: OpenSSL takes it for a CA",
    )
    stopped = {"gateway": NOT_STARTED}
    yield of_root(
        "a name that is not UTF-8",
        signed_again(_subject(b"\xff")),
        "malformed-certificate",
        **stopped,
    )
    yield of_root(
        "a name as a BMPString", signed_again(_subject(b"\0r\0o\0o\0t", surgery.BMP_STRING))
    )
    yield _file("the issuer's name in another string type", printable_issuer() + to_pem(ROOT))
    yield of_root(
        "dates without seconds", signed_again(_minutes), "malformed-certificate", **stopped
    )
    yield of_root("valid until 9999", to_pem(ca(end=datetime.max.replace(tzinfo=UTC) - NOW - DAY)))
    yield of_root("basicConstraints in BER", signed_again(_ber), "malformed-certificate", **stopped)
    yield of_root(
        "basicConstraints twice", signed_again(_twice), "malformed-certificate", **stopped
    )
    yield of_root(
        "the root's own signature changed",
        forge_pem(_changed_signature(ROOT)),
        "incomplete-chain",
        aws="inferred: accepted; the signature of a root is not verified",
    )
    sha3 = issuing(digest=hashes.SHA3_256())
    yield _file("SHA-3 on an issuing CA", to_pem(sha3, ROOT), "weak-signature", aws=SHA_256)
    brainpool = ec.generate_private_key(ec.BrainpoolP384R1())
    yield _file(
        "brainpoolP384r1",
        to_pem(ca(key=brainpool)),
        "weak-key",
        client=client("root", brainpool),
        aws=STRENGTH,
    )
    cubed = rsa.generate_private_key(3, 2048)
    yield _file("RSA with the exponent 3", to_pem(ca(key=cubed)), client=client("root", cubed))
    p521 = ec.generate_private_key(ec.SECP521R1())
    yield _file("secp521r1", to_pem(ca(key=p521)), client=client("root", p521), aws=STRENGTH)
    yield of_root("serial number of 21 octets", signed_again(_long), warnings=("serial-number",))
    yield of_root("negative serial number", signed_again(_negative), warnings=("serial-number",))
    yield of_root(
        "keyUsage without keyCertSign", to_pem(ca(usage=(False, True))), "cannot-sign", **no
    )
    yield of_issuing("critical extension 1.2.3.4.5", (UNKNOWN, True), "critical-extension", **no)
    yield of_issuing("the same, not critical", (UNKNOWN, False))
    yield of_issuing("extendedKeyUsage serverAuth", (SERVERS, False), "not-for-clients", **no)
    yield of_issuing("extendedKeyUsage any", (ANY, False), "not-for-clients", **no)
    stopped = {"gateway": NOT_STARTED, "aws": UNKNOWN_TO_US}
    yield of_issuing(
        "an X.400 address among its names", (X400, False), "malformed-certificate", **stopped
    )
    yield of_issuing("an extension that is not what it says", (GARBAGE, False), "unverified", **no)
    yield of_issuing("name constraints that the client meets", names("partner.example"))
    yield of_issuing(
        "name constraints that it does not", names("other.example"), aws=AS_OPENSSL, **no
    )
    yield _file(
        "empty subject",
        to_pem(ca(EMPTY)),
        "empty-subject",
        client=client(EMPTY, ROOT_KEY),
        aws="inferred: accepted; the authorizer refuses the client",
    )
    own = forge.self_signed("partner", ())
    yield _file(
        "a self-signed client certificate",
        own.certificate_pem,
        client=own,
        warnings=("expires-soon", "self-signed-client"),
        aws="documented: accepted",
    )


def chains() -> Iterator[Bundle]:
    """What may be wrong between certificates."""
    no = {"gateway": REFUSED}
    yield _file(
        "a client's certificate among them",
        SHOP.certificate_pem + GOOD,
        "not-an-authority",
        warnings=("expires-soon",),
        aws="documented: warning for a certificate that is invalid",
    )
    yield _file("a duplicate", GOOD + to_pem(ROOT), warnings=("duplicate",), aws=UNKNOWN_TO_US)
    yield _file("root first", to_pem(ROOT, ISSUING), warnings=("order",), aws=UNKNOWN_TO_US)
    other_root = ca("other", OTHER_KEY)
    crossed = ca("issuing", ISSUING_KEY, issuer="other", signer=OTHER_KEY)
    yield _file("cross-signed by two roots", to_pem(ISSUING, crossed, ROOT, other_root))
    yield _file(
        "cross-signed, and one root missing", to_pem(ISSUING, crossed, ROOT), "incomplete-chain"
    )
    renewed = to_pem(ISSUING, ca(start=-9 * DAY), ROOT)
    yield _file("a root renewed with its key", renewed, warnings=("order",), aws=UNKNOWN_TO_US)
    below_own = ca("issuing", ISSUING_KEY, issuer="other", signer=OTHER_KEY)
    ring = to_pem(below_own, ca("other", OTHER_KEY, issuer="issuing", signer=ISSUING_KEY))
    yield _file("two CAs in a circle, no root", ring, "incomplete-chain", warnings=("order",), **no)
    yield _file("no root", to_pem(ISSUING), "incomplete-chain", aws=WARNS, **no)
    other = issuing(signer=OTHER_KEY)
    yield _file("signed by another root", to_pem(other, ROOT), "incomplete-chain", aws=WARNS, **no)
    by_serial = x509.SubjectKeyIdentifier.from_public_key(ROOT_KEY.public_key()).digest
    wrong = issuing((identifier(by_serial, 12345), False))
    yield _file(
        "authority key identifier of the root before", to_pem(wrong, ROOT), "incomplete-chain", **no
    )
    limited = to_pem(
        ca("lowest", OTHER_KEY, issuer="issuing", signer=ISSUING_KEY), ISSUING, ca(path_length=0)
    )
    yield _file(
        "pathLen too small", limited, "path-length", client=client("lowest", OTHER_KEY), **no
    )
    yield _file(
        "five certificates up to the root",
        DEEP,
        "chain-too-long",
        client=DEEP_CLIENT,
        warnings=("chain-at-limit",),
        aws="documented: a chain of four",
        **no,
    )
    yield _file(
        "two CAs that certify each other, with roots",
        circle(),
        "circle",
        client=client("other", OTHER_KEY),
        warnings=("order",),
        **no,
    )
    two = to_pem(ca("same", ROOT_KEY, identifier=False), ca("same", OTHER_KEY, identifier=False))
    second = client("same", OTHER_KEY, names_key=False)
    yield _file("one name, two keys, no key identifiers", two, "same-name", client=second, **no)
    told_apart = to_pem(ca("same", ROOT_KEY), ca("same", OTHER_KEY))
    yield _file("the same with key identifiers", told_apart, client=client("same", OTHER_KEY))
    yield _file(
        "the same, and a client whose certificate names no key", told_apart, client=second, **no
    )
    many = to_pem(*(ca(f"CA {number}") for number in range(1001)))
    yield _file(
        "1,001 CAs", many, client=client("CA 1000", ROOT_KEY), aws="inferred: only the size counts"
    )
