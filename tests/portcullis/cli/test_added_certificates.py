"""The authorizer decides by what `clients add` writes for a certificate."""

import ipaddress
import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID
from OpenSSL import crypto
from typer.testing import CliRunner

from authorizer.policy import Policies
from authorizer.reasons import Reason
from authorizer.registry import PackagedRegistry
from portcullis import registry
from portcullis.cli.certs import app as certs
from portcullis.cli.clients import app as clients
from portcullis.errors import PortcullisError
from tests.authorizer.making import (
    LEAF_USAGE,
    ROUTES,
    Bench,
    LocalSigner,
    certificate,
    configuration,
    elliptic_key,
    name,
    rsa_key,
)

NOW, DAY = datetime.now(UTC).replace(microsecond=0), timedelta(days=1)
made = partial(certificate, not_before=NOW - DAY, not_after=NOW + 300 * DAY)
OID = x509.ObjectIdentifier("1.2.3.4")
UNREGISTRABLE = "unregistrable"  # the authorizer accepts it; the registry cannot name it


def san(*names):
    return {"uris": (), "extra": ((x509.SubjectAlternativeName(names), False),)}


def named(value, oid=NameOID.COMMON_NAME, kind=None):
    return {"uris": (), "subject": x509.Name([x509.NameAttribute(oid, value, _type=kind)])}


def extra(content, *, oid=OID, critical=False):
    return {"extra": ((x509.UnrecognizedExtension(oid, content), critical),)}


def constant(value):
    return {"extra": ((value, True),)}


def signed(digest, salt):
    pss = padding.PSS(padding.MGF1(digest), salt)
    return {"signer": rsa_key(), "digest": digest, "rsa_padding": pss}


def uri(text):
    return {"uris": (text,)}


ACCEPTED = {
    "bidirectional letters in the subject": named("pet\u202eshop\u2066"),
    "an emoji in the subject": named("\N{DOG FACE}"),
    "YAML in the subject": named("{a: b}, 'x' # \"y\" [*&!|>%@`"),
    "a word of YAML as the subject": named("no"),
    "a subject in BMPString": named("J\u00fcrgen", kind=_ASN1Type.BMPString),
    "a subject in T61String": named("Jurgen", kind=_ASN1Type.T61String),
    "an attribute without a name": named("v", OID),
    "an attribute of two values": {
        "uris": (),
        "subject": x509.Name(
            [
                x509.RelativeDistinguishedName(
                    [
                        x509.NameAttribute(NameOID.COMMON_NAME, "b"),
                        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "a"),
                    ]
                )
            ]
        ),
    },
    "an attribute twice": {"uris": (), "subject": x509.Name([*name(CN="b"), *name(CN="a")])},
    "a subject of 8 KB": {
        "uris": (),
        "subject": x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{n:064}") for n in range(90)]
        ),
    },
    "an issuer with bidirectional letters": {"uris": (), "issuer": name(CN="\u202eCA")},
    "an email address as its only name": san(x509.RFC822Name("a@b.example")),
    "an IP address as its only name": san(x509.IPAddress(ipaddress.ip_address("::1"))),
    "a directory name as its only name": san(x509.DirectoryName(name(CN="x"))),
    "a principal of Windows as its only name": san(x509.OtherName(OID, b"\x0c\x03abc")),
    "a host in capitals": san(x509.DNSName("SHOP.Example")),
    "a wildcard as its only host": san(x509.DNSName("*.shop.example")),
    "a URI with percent signs": uri("spiffe://a/%2e%2e/b"),
    "a URI in capitals": uri("SPIFFE://A/Shop"),
    "a URI with query and fragment": uri("https://a/b?c=d,e&f=[g]#h"),
    "a URI that YAML reads as a mapping": uri("y:n"),
    "a URI twice": {"uris": ("urn:a", "urn:a")},
    "twenty URIs": {"uris": tuple(f"urn:{n}" for n in range(20))},
    "any purpose beside clientAuth": {
        "purposes": (Purpose.ANY_EXTENDED_KEY_USAGE, Purpose.CLIENT_AUTH)
    },
    "five hundred purposes": {
        "purposes": (
            *(x509.ObjectIdentifier(f"1.2.3.{n}") for n in range(500)),
            Purpose.CLIENT_AUTH,
        )
    },
    "valid until 9999": {"not_after": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)},
    "valid since 1950": {"not_before": datetime(1950, 1, 1, tzinfo=UTC)},
    "an RSA exponent of 3": {"key": rsa.generate_private_key(3, 2048)},
    "RSASSA-PSS without salt": signed(hashes.SHA256(), 0),
    "RSASSA-PSS with SHA-512": signed(hashes.SHA512(), 64),
    "an extension of 11 KB": extra(bytes(11_000)),
    "an extension of garbage": extra(b"garbage"),
    "every key usage of a leaf": {
        "usage": LEAF_USAGE | {"content_commitment": True, "key_encipherment": True}
    },
    "critical policies": constant(x509.CertificatePolicies([x509.PolicyInformation(OID, None)])),
}
REFUSED = {
    "an extension of 13 KB": (extra(bytes(13_000)), Reason.MALFORMED_EVENT),
    "an extension of 1 MB": (extra(bytes(1_000_000)), Reason.MALFORMED_EVENT),
    "smart card log-on alone": ({"purposes": (Purpose.SMARTCARD_LOGON,)}, Reason.WRONG_USAGE),
    "non-repudiation alone": (
        {"usage": LEAF_USAGE | {"digital_signature": False, "content_commitment": True}},
        Reason.WRONG_USAGE,
    ),
    "a critical extension of garbage": (extra(b"", critical=True), Reason.WRONG_USAGE),
    "a precertificate": (constant(x509.PrecertPoison()), Reason.WRONG_USAGE),
    "OCSPNoCheck, critical": (constant(x509.OCSPNoCheck()), Reason.WRONG_USAGE),
    "a signature with SHA-3": ({"digest": hashes.SHA3_256()}, Reason.WEAK_SIGNATURE),
    "an Ed448 key": ({"key": ed448.Ed448PrivateKey.generate()}, Reason.WEAK_KEY),
    "a P-192 key": ({"key": ec.generate_private_key(ec.SECP192R1())}, Reason.WEAK_KEY),
    "a bit string in the subject": (
        named(b"\1\2", NameOID.X500_UNIQUE_IDENTIFIER, _ASN1Type.BitString),
        Reason.MALFORMED_CERTIFICATE,
    ),
    "ended a minute ago": ({"not_after": NOW - timedelta(minutes=1)}, Reason.EXPIRED),
    "a URI with a space": (uri("spiffe://a/b c"), UNREGISTRABLE),
    "a URI without a scheme": (uri("shop"), UNREGISTRABLE),
    "a URI with a quote": (uri('urn:a"b'), UNREGISTRABLE),
    "a URI of 2,000 letters": (uri(f"urn:{'x' * 2000}"), UNREGISTRABLE),
    "a zero byte in the subject": (named("pet-shop\0.evil"), UNREGISTRABLE),
    "a separator of lines in the subject": (named("a\u2028b\x85c"), UNREGISTRABLE),
    "an issuer with a zero byte": ({"uris": (), "issuer": name(CN="a\0b")}, UNREGISTRABLE),
    "a line break in the subject": (named("a\nb"), UNREGISTRABLE),
    "no name at all": ({"uris": (), "subject": x509.Name([])}, UNREGISTRABLE),
}


@pytest.fixture
def shown(tmp_path):
    """What inspect, add and the authorizer answer: the authorizer with what add has written."""

    def answers(certificate):
        path, file = tmp_path / "client.pem", tmp_path / "clients.yaml"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        file.write_text("clients: []\n")
        inspected = CliRunner().invoke(certs, ["inspect", str(path), "--json"])
        words = ["add", "new", "--scope", "pets:read", "--certificate", str(path)]
        refusal = ""
        try:
            CliRunner().invoke(clients, [*words, "--file", str(file)], catch_exceptions=False)
        except PortcullisError as error:
            refusal = str(error)
        (said,) = json.loads(inspected.stdout)
        return said["authorizer"]["reason"], refusal, bench(file).present(certificate)

    return answers


def bench(file):
    return Bench(
        registry=PackagedRegistry(json.loads(registry.load(file, known_scopes=None).to_json())),
        policies=Policies(ROUTES),
        signer=LocalSigner(),
        config=configuration(),
        now=NOW.timestamp(),
    )


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_added_certificate_is_accepted_and_verified_by_openssl(case, shown):
    presented = made(**ACCEPTED[case])
    said, refusal, answer = shown(presented)
    assert (said, refusal) == ("ok", "")
    assert answer["context"]["reason"] == Reason.OK
    assert answer["principalId"] == "new"
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(issuer_of(presented)))
    crypto.X509StoreContext(store, crypto.X509.from_cryptography(presented)).verify_certificate()


@pytest.mark.parametrize("case", REFUSED)
def test_a_certificate_that_is_not_added_is_refused(case, shown):
    changes, expected = REFUSED[case]
    said, refusal, answer = shown(made(**changes))
    assert refusal
    if expected is UNREGISTRABLE:
        assert (said, answer["context"]["reason"]) == ("ok", Reason.UNKNOWN_CLIENT)
    else:
        assert f"({expected})" in refusal
        assert said == answer["context"]["reason"] == expected


def test_the_same_subject_from_another_issuer_is_another_client(tmp_path):
    path, file = tmp_path / "client.pem", tmp_path / "clients.yaml"
    words = ["--scope", "pets:read", "--certificate", str(path), "--file", str(file)]
    uri = "spiffe://a/bound"
    for client, options, changes in (
        ("by-subject", [], {"uris": ()}),
        ("by-uri", ["--bind-issuer"], {"uris": (uri,), "subject": name(CN="x")}),
    ):
        file.write_text("clients: []\n")
        path.write_bytes(made(**changes).public_bytes(Encoding.PEM))
        CliRunner().invoke(clients, ["add", client, *words, *options], catch_exceptions=False)
        own, other = made(**changes), made(**changes, issuer=name(CN="Other CA", O="Portcullis"))
        answers = [bench(file).present(one)["context"]["reason"] for one in (own, other)]
        assert answers == [Reason.OK, Reason.UNKNOWN_CLIENT]


def issuer_of(presented):
    signer = (
        rsa_key()
        if presented.signature_algorithm_oid.dotted_string.startswith("1.2.840.113549")
        else None
    )
    return certificate(
        subject=presented.issuer,
        issuer=presented.issuer,
        key=signer or elliptic_key(),
        signer=signer,
        uris=(),
        purposes=None,
        is_ca=True,
        usage=None,
        not_before=NOW - DAY,
        not_after=NOW + DAY,
    )
