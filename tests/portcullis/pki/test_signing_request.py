"""Signing requests from partners: their key is certified, nothing else of them is used."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portcullis.pki import keys
from portcullis.pki.errors import CertificateFileError


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
        (b"", "not a certificate signing request"),
        (keys.to_pem(keys.generate()), "not a certificate signing request"),
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


def test_a_key_that_the_certificate_would_not_keep_as_it_is_is_refused(openssl, hand_out, tmp_path):
    key, request = tmp_path / "pss.key", tmp_path / "pss.csr"
    options = ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    openssl("genpkey", *options, "-out", str(key))
    openssl("req", "-new", "-key", str(key), "-subj", "/CN=a", "-sha256", "-out", str(request))
    with pytest.raises(CertificateFileError, match="RSASSA-PSS"):
        hand_out(csr=request.read_bytes())
