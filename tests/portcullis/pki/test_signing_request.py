"""Signing requests from partners: their key is certified, nothing else of them is used."""

import hashlib
import math

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.pki import keys
from portcullis.pki.errors import CertificateFileError
from tests.authorizer import surgery


def csr(key, *, algorithm=True, asks_for=()):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    )
    for extension in asks_for:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256() if algorithm else None).public_bytes(
        serialization.Encoding.PEM
    )


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["p256", "rsa2048"],
)
def test_a_signing_request_gets_a_certificate_for_its_key_and_nothing_more(hand_out, key, trusted):
    given = hand_out(csr=csr(key))
    assert given.certificate.public_key() == key.public_key()
    assert (given.key, given.pfx, given.generated_passphrase) == (None, None, None)
    assert [path.name for path in given.certificate_file.parent.iterdir()] == ["pet-shop.pem"]
    assert len(x509.load_pem_x509_certificates(given.certificate_file.read_bytes())) == 2


def test_what_a_signing_request_asks_for_is_not_granted(hand_out, pet_shop):
    greedy = csr(
        keys.generate(),
        asks_for=[
            x509.BasicConstraints(ca=True, path_length=None),
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://a/admin")]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        ],
    )
    certificate = hand_out(csr=greedy).certificate
    extensions = certificate.extensions
    assert certificate.subject.rfc4514_string() == "CN=pet-shop"
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    san = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(san) == list(pet_shop)
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def with_anothers_signature():
    der = x509.load_pem_x509_csr(csr(keys.generate())).public_bytes(serialization.Encoding.DER)
    changed = der[:-1] + bytes([der[-1] ^ 1])
    return x509.load_der_x509_csr(changed).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must be PKCS #10 in PEM"),
        (keys.to_pem(keys.generate()), "must be PKCS #10 in PEM"),
        (with_anothers_signature(), "not signed by its own key"),
        (csr(rsa.generate_private_key(65537, 1024)), "RSA 1024"),  # noqa: S505 - the point
        (csr(ec.generate_private_key(ec.SECP224R1())), "secp224r1"),
        (csr(ed25519.Ed25519PrivateKey.generate(), algorithm=False), "Ed25519"),
    ],
    ids=["empty", "key", "forged", "rsa1024", "p224", "ed25519"],
)
def test_a_signing_request_that_proves_no_strong_key_is_refused(hand_out, issued, content, message):
    with pytest.raises(CertificateFileError, match=message):
        hand_out(csr=content)
    assert issued() == []


def rsa_request(*, power=1, exponent=65537):
    """A request for N to this power with this public exponent, signed by its key if it can be."""
    key = rsa.generate_private_key(65537, 2048)
    made = key.private_numbers()
    n, order = (made.p * made.q) ** power, (made.p - 1) * (made.q - 1)
    request = x509.load_pem_x509_csr(csr(key)).public_bytes(serialization.Encoding.DER)
    signed, algorithm, _ = surgery.parse(request).inside
    numbers = surgery.sequence(surgery.integer(n), surgery.integer(exponent))
    signed[KEY_OF_REQUEST].inside[1] = surgery.bits(numbers.encoded)
    signature = bytes(256)
    if power == 1 and math.gcd(exponent, order) == 1:
        digest = SHA256_DIGEST_INFO + hashlib.sha256(signed.encoded).digest()
        padded = b"\0\1" + b"\xff" * (256 - len(digest) - 3) + b"\0" + digest
        signature = pow(int.from_bytes(padded), pow(exponent, -1, order), n).to_bytes(256)
    made_again = surgery.sequence(signed, algorithm, surgery.bits(signature))
    return surgery.armour(made_again.encoded, "CERTIFICATE REQUEST").encode()


KEY_OF_REQUEST = 2  # RFC 2986 section 4.1: version, subject, key
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 section 9.2


def test_a_request_with_an_rsa_key_made_by_hand_is_accepted(hand_out):
    """Otherwise the refusals below could have another reason."""
    assert hand_out(csr=rsa_request(exponent=257)).certificate


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"exponent": 1}, "must be PKCS #10 in PEM"),
        ({"exponent": 4}, "must be PKCS #10 in PEM"),
        ({"exponent": (1 << 64) + 13}, "exponent of more than 32 bits"),
        ({"power": 8}, "more than 8192 bits"),
    ],
    ids=["exponent 1", "even exponent", "huge exponent", "16384 bits"],
)
def test_an_rsa_key_with_unfit_numbers_is_refused(hand_out, numbers, message):
    with pytest.raises(CertificateFileError, match=message):
        hand_out(csr=rsa_request(**numbers))


@pytest.mark.parametrize(
    ("curve", "options"),
    [("P-256", ["-pkeyopt", "ec_param_enc:explicit"]), ("SM2", [])],
    ids=["explicit parameters", "SM2"],
)
def test_a_curve_that_is_not_one_of_nist_by_name_is_refused(
    openssl, hand_out, tmp_path, curve, options
):
    key, request = tmp_path / "ec.key", tmp_path / "ec.csr"
    asked = ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", *options)
    openssl("genpkey", *asked, "-out", key)
    openssl("req", "-new", "-key", key, "-subj", "/CN=a", "-out", request)
    with pytest.raises(CertificateFileError):
        hand_out(csr=request.read_bytes())


def test_a_key_that_the_certificate_would_not_keep_as_it_is_is_refused(openssl, hand_out, tmp_path):
    key, request = tmp_path / "pss.key", tmp_path / "pss.csr"
    options = ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    openssl("genpkey", *options, "-out", str(key))
    openssl("req", "-new", "-key", str(key), "-subj", "/CN=a", "-sha256", "-out", str(request))
    with pytest.raises(CertificateFileError, match="RSASSA-PSS"):
        hand_out(csr=request.read_bytes())
