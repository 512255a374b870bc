"""`certs inspect`, `clients add` and the authorizer say the same about each certificate."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from typer.testing import CliRunner

from authorizer.reasons import Reason
from portcullis.cli.certs import app as certs
from portcullis.cli.certs import output
from portcullis.cli.clients import app as clients
from portcullis.errors import PortcullisError
from portcullis.pki import certificate_file, facts
from portcullis.registry.admission import refusal_of
from tests.authorizer.conftest import make_bench  # noqa: F401 - fixture
from tests.authorizer.making import LEAF_USAGE, certificate, elliptic_key, rsa_key
from tests.authorizer.making import NOW as AT
from tests.authorizer.test_vectors import VECTORS
from tests.authorizer.vectors import armour
from tests.portcullis.cli.clients.conftest import registry  # noqa: F401 - fixture

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
made = partial(certificate, not_before=NOW - DAY, not_after=NOW + 300 * DAY)
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
NAME_CONSTRAINTS = x509.NameConstraints([x509.DNSName("a.example")], None)

CERTIFICATES = {
    "a P-256 key": made(),
    "a P-521 key": made(key=elliptic_key(ec.SECP521R1)),
    "an RSA key": made(key=rsa_key()),
    "a signature in RSASSA-PSS": made(signer=rsa_key(), rsa_padding=PSS),
    "purposes beside clientAuth": made(purposes=(Purpose.CLIENT_AUTH, Purpose.EMAIL_PROTECTION)),
    "no basic constraints": made(is_ca=None),
    "no key usage": made(usage=None),
    "no extended key usage": made(purposes=None),
    "serverAuth alone": made(purposes=(Purpose.SERVER_AUTH,)),
    "any purpose": made(purposes=(Purpose.ANY_EXTENDED_KEY_USAGE,)),
    "an Ed25519 key": made(key=ed25519.Ed25519PrivateKey.generate()),
    "a P-224 key": made(key=elliptic_key(ec.SECP224R1)),
    "a brainpool key": made(key=ec.generate_private_key(ec.BrainpoolP256R1())),
    "an RSA key of 1024 bits": made(key=rsa_key(1024)),
    "a signature with SHA-224": made(digest=hashes.SHA224()),
    "expired": made(not_before=NOW - 9 * DAY, not_after=NOW - DAY),
    "not valid yet": made(not_before=NOW + DAY),
    "a CA certificate": made(is_ca=True),
    "key usage of a CA": made(usage=LEAF_USAGE | {"crl_sign": True}),
    "no digital signature": made(
        usage=LEAF_USAGE | {"digital_signature": False, "key_agreement": True}
    ),
    "a critical extension": made(extra=((NAME_CONSTRAINTS, True),)),
    "more names than anyone has": made(uris=tuple(f"spiffe://a/{n}" for n in range(101))),
    "an empty issuer": made(issuer=x509.Name([])),
}
ACCEPTED = {
    *("a P-256 key", "a P-521 key", "an RSA key", "a signature in RSASSA-PSS"),
    *("purposes beside clientAuth", "no basic constraints", "no key usage"),
}


@pytest.fixture(params=CERTIFICATES)
def case(request, tmp_path):
    path = tmp_path / "client.pem"
    path.write_bytes(CERTIFICATES[request.param].public_bytes(Encoding.PEM))
    return request.param, path


@pytest.fixture
def says(make_bench):  # noqa: F811 - the fixture
    """The authorizer's reason for a certificate that is registered."""
    bench = make_bench()
    bench.now = NOW.timestamp()
    return lambda shown: bench.present(shown)["context"]["reason"]


def test_inspect_says_what_the_authorizer_says(case, says):
    which, path = case
    result = CliRunner().invoke(certs, ["inspect", str(path), "--json"])
    (one,) = json.loads(result.stdout)
    answered = says(CERTIFICATES[which])
    assert (answered in {Reason.OK, Reason.UNKNOWN_CLIENT}) == (which in ACCEPTED), answered
    if one["isAuthority"]:
        assert one["authorizer"] is None  # no client presents it
        return
    expected = Reason.OK if which in ACCEPTED else answered
    assert one["authorizer"]["reason"] == expected
    assert (result.exit_code == 0) == (which in ACCEPTED)
    shown = CliRunner().invoke(certs, ["inspect", str(path)]).stdout
    assert ("the authorizer refuses it" in shown) == (which not in ACCEPTED)


def test_a_client_is_added_where_the_authorizer_will_accept_it(case, says, registry):  # noqa: F811
    which, path = case
    words = ["add", "new", "--scope", "pets:read", "--san-uri", "spiffe://a/new", "--pin"]
    words += ["--certificate", str(path), "--file", str(registry)]
    before = registry.read_text()
    if which in ACCEPTED or which == "not valid yet":
        CliRunner().invoke(clients, words, catch_exceptions=False)
        assert registry.read_text() != before
        return
    with pytest.raises(PortcullisError) as refused:
        CliRunner().invoke(clients, words, catch_exceptions=False)
    said = "is a CA certificate" if which == "a CA certificate" else says(CERTIFICATES[which])
    assert said in str(refused.value)
    assert registry.read_text() == before


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v not in armour.CASES],
    ids=lambda vector: vector.id,
)
def test_inspect_shows_each_damaged_certificate_or_says_that_it_cannot_be_read(vector, tmp_path):
    """Those of the authorizer's own tests; what surrounds a certificate may differ in a file."""
    path = tmp_path / "client.pem"
    path.write_text(vector.shown())
    try:
        (shown,) = certificate_file.read(path)
    except PortcullisError as error:
        message = str(error)
        assert vector.expected is Reason.MALFORMED_CERTIFICATE, message
        assert "\n" not in message
        return
    described = facts.of(shown, now=AT)
    refusal = refusal_of(shown, now=AT.timestamp())
    output.print_certificate(described, refusal)
    reason = Reason.OK if refusal is None else refusal.reason
    # The registry comes after the certificate.
    assert reason == (Reason.OK if vector.expected is Reason.UNKNOWN_CLIENT else vector.expected)


@pytest.mark.parametrize(
    ("content", "command"),
    [
        (made().public_bytes(Encoding.DER), "openssl x509 -inform DER -in"),
        (pkcs7.serialize_certificates([made()], Encoding.PEM), "openssl pkcs7 -print_certs -in"),
        (
            pkcs7.serialize_certificates([made()], Encoding.DER),
            "openssl pkcs7 -inform DER -print_certs -in",
        ),
    ],
    ids=["DER", "PKCS#7 in PEM", "PKCS#7 in DER"],
)
def test_another_encoding_gets_the_command_that_converts_it(content, command, tmp_path, registry):  # noqa: F811
    path = tmp_path / "client.p7b"
    path.write_bytes(content)
    words = ["add", "new", "--scope", "pets:read", "--certificate", str(path)]
    with pytest.raises(PortcullisError, match=command):
        CliRunner().invoke(clients, [*words, "--file", str(registry)], catch_exceptions=False)
