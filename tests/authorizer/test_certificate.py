"""A certificate is read once, and what no clock can mend about it is known from then on."""

import base64
import contextlib
import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from authorizer import certificate as subject
from authorizer.certificate import Certificates, canonical
from authorizer.reasons import Reason, RefusedError
from tests.authorizer.making import (
    LEAF_USAGE,
    NOW,
    SHOP_URI,
    certificate,
    elliptic_key,
    name,
    pem,
    rsa_key,
)

GOOD = pem(certificate(serial_number=1))


def refused(text):
    with pytest.raises(RefusedError) as caught:
        subject.parse(text)
    assert caught.value.reason is Reason.MALFORMED_CERTIFICATE


def test_the_facts_of_a_good_certificate():
    shown = certificate(
        uris=(SHOP_URI, "https://shop.example/"),
        dns_names=("Shop.Example",),
        subject=name(CN="shop", O="Shop"),
        serial_number=0x0A1B,
    )
    read = subject.parse(pem(shown))
    der = shown.public_bytes(Encoding.DER)
    assert read.thumbprint == (
        base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    )
    assert read.serial_number == "a1b"
    assert read.not_before == (NOW - datetime.timedelta(days=1)).timestamp()
    assert read.not_after == (NOW + datetime.timedelta(days=30)).timestamp()
    assert read.subject == '[["2.5.4.10","Shop"],["2.5.4.3","shop"]]'
    assert read.issuer == '[["2.5.4.10","Portcullis"],["2.5.4.3","Portcullis Issuing CA"]]'
    assert read.uris == (SHOP_URI, "https://shop.example/")
    assert read.dns_names == ("shop.example",)
    assert read.fault is None


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(certificate(key=rsa_key()), id="an RSA key of 2048 bits"),
        pytest.param(certificate(key=elliptic_key(ec.SECP384R1)), id="P-384"),
        pytest.param(certificate(key=elliptic_key(ec.SECP521R1)), id="P-521"),
        pytest.param(certificate(digest=hashes.SHA384()), id="ECDSA with SHA-384"),
        pytest.param(certificate(digest=hashes.SHA512()), id="ECDSA with SHA-512"),
        pytest.param(certificate(signer=rsa_key()), id="signed by RSA"),
        pytest.param(
            certificate(
                signer=rsa_key(),
                rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
            ),
            id="signed by RSA-PSS",
        ),
        pytest.param(certificate(is_ca=None), id="without basic constraints"),
        pytest.param(certificate(usage=None), id="without key usage"),
        pytest.param(
            certificate(
                purposes=(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
            ),
            id="client and server",
        ),
        pytest.param(
            certificate(
                extra=(
                    (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\0"), False),
                )
            ),
            id="an unknown extension that is not critical",
        ),
    ],
)
def test_an_unusual_certificate_without_a_fault_is_accepted(shown):
    assert subject.parse(pem(shown)).fault is None


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        pytest.param(certificate(purposes=None), Reason.WRONG_USAGE, id="no extended key usage"),
        pytest.param(
            certificate(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
            Reason.WRONG_USAGE,
            id="a server certificate",
        ),
        pytest.param(
            certificate(purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
            Reason.WRONG_USAGE,
            id="any extended key usage",
        ),
        pytest.param(certificate(is_ca=True), Reason.WRONG_USAGE, id="a CA certificate"),
        pytest.param(
            certificate(usage=LEAF_USAGE | {"key_cert_sign": True}),
            Reason.WRONG_USAGE,
            id="may sign certificates",
        ),
        pytest.param(
            certificate(usage=LEAF_USAGE | {"crl_sign": True}),
            Reason.WRONG_USAGE,
            id="may sign revocation lists",
        ),
        pytest.param(
            certificate(usage=LEAF_USAGE | {"digital_signature": False, "key_agreement": True}),
            Reason.WRONG_USAGE,
            id="may not sign",
        ),
        pytest.param(
            certificate(
                extra=(
                    (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\0"), True),
                )
            ),
            Reason.WRONG_USAGE,
            id="a critical extension nobody knows",
        ),
        pytest.param(certificate(key=rsa_key(1024)), Reason.WEAK_KEY, id="RSA 1024"),
        pytest.param(certificate(key=elliptic_key(ec.SECP224R1)), Reason.WEAK_KEY, id="P-224"),
        pytest.param(certificate(key=elliptic_key(ec.SECP256K1)), Reason.WEAK_KEY, id="secp256k1"),
        pytest.param(
            certificate(key=elliptic_key(ec.BrainpoolP256R1)), Reason.WEAK_KEY, id="brainpool"
        ),
        pytest.param(
            certificate(key=ed25519.Ed25519PrivateKey.generate()), Reason.WEAK_KEY, id="Ed25519 key"
        ),
        pytest.param(
            certificate(digest=hashes.SHA224()), Reason.WEAK_SIGNATURE, id="ECDSA with SHA-224"
        ),
        pytest.param(
            certificate(digest=hashes.SHA3_256()), Reason.WEAK_SIGNATURE, id="ECDSA with SHA3"
        ),
        pytest.param(
            certificate(
                signer=rsa_key(),
                digest=hashes.SHA224(),
                rsa_padding=padding.PSS(padding.MGF1(hashes.SHA224()), padding.PSS.DIGEST_LENGTH),
            ),
            Reason.WEAK_SIGNATURE,
            id="RSA-PSS with SHA-224",
        ),
    ],
)
def test_a_certificate_with_a_fault_names_it(shown, fault):
    read = subject.parse(pem(shown))
    assert read.fault is fault
    assert read.fault_detail


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("not a certificate", id="words"),
        pytest.param(GOOD + GOOD, id="two certificates"),
        pytest.param("x" + GOOD, id="something before"),
        pytest.param(GOOD + "x", id="something after"),
        pytest.param(GOOD.replace("CERTIFICATE", "X509 CRL"), id="another label"),
        pytest.param(GOOD.replace("BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE"), id="trusted"),
        pytest.param(GOOD[: len(GOOD) // 2], id="cut off"),
        pytest.param(GOOD.replace("\n", ""), id="in one line"),
        pytest.param(GOOD.replace("\n", "%0A"), id="percent-encoded"),
        pytest.param(
            GOOD.replace("-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nA: b\n\n"),
            id="with a PEM header",
        ),
        pytest.param(GOOD.replace("M", "\u041c", 3), id="letters that look alike"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="no DER inside"
        ),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n", id="nothing inside"
        ),
    ],
)
def test_what_is_not_one_pem_certificate_is_malformed(text):
    refused(text)


def test_bytes_after_the_certificate_are_malformed():
    der = certificate().public_bytes(Encoding.DER) + b"\0"
    body = base64.encodebytes(der).decode()
    refused(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("serial_number", [b"\x00", b"\xff"], ids=["zero", "negative"])
def test_a_serial_number_that_is_not_positive_is_malformed(serial_number):
    der = certificate(serial_number=1).public_bytes(Encoding.DER)
    changed = der.replace(b"\x02\x01\x01", b"\x02\x01" + serial_number, 1)
    assert changed != der
    body = base64.encodebytes(changed).decode()
    refused(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")


def test_more_alternative_names_than_anyone_needs_are_malformed():
    refused(pem(certificate(uris=tuple(f"spiffe://a/{n}" for n in range(101)))))


def test_two_subjects_with_equal_attributes_are_equal_in_any_order_and_encoding():
    common_name = x509.NameAttribute(NameOID.COMMON_NAME, "shop")
    other_encoding = x509.NameAttribute(
        NameOID.COMMON_NAME, "shop", _type=x509.name._ASN1Type.PrintableString
    )
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Shop")
    assert canonical(x509.Name([common_name, organization])) == canonical(
        x509.Name([organization, other_encoding])
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (name(CN="a"), name(CN="A")),
        (name(CN="a"), name(O="a")),
        (name(CN="a"), name(CN="a", O="b")),
        (name(CN="a,O=b"), name(CN="a", O="b")),
        (name(CN='a"],["2.5.4.10","b'), name(CN="a", O="b")),
        (name(CN="a "), name(CN="a")),
    ],
)
def test_two_subjects_that_differ_in_anything_differ(left, right):
    assert canonical(left) != canonical(right)


def test_a_certificate_is_parsed_once():
    certificates = Certificates()
    first, first_was_known = certificates.parse(GOOD)
    second, second_was_known = certificates.parse(GOOD)
    assert (first_was_known, second_was_known) == (False, True)
    assert second is first


def test_the_certificates_that_are_remembered_are_bounded():
    certificates = Certificates(capacity=2)
    texts = [pem(certificate(serial_number=n)) for n in (1, 2, 3)]
    for text in texts:
        certificates.parse(text)
    assert [certificates.parse(text)[1] for text in reversed(texts)] == [True, True, False]


def test_a_malformed_certificate_is_not_remembered():
    certificates = Certificates()
    for _ in range(2):
        with pytest.raises(RefusedError):
            certificates.parse("nonsense")


@given(st.binary(max_size=400))
def test_no_bytes_in_pem_armour_raise_anything_but_a_refusal(der):
    body = base64.encodebytes(der).decode()
    refused(f"-----BEGIN CERTIFICATE-----\n{body or chr(10)}-----END CERTIFICATE-----\n")


DER = bytearray(certificate(dns_names=("shop.example",)).public_bytes(Encoding.DER))


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), max_size=3))
def test_a_damaged_certificate_is_read_or_refused_and_never_raises(flips):
    damaged = bytearray(DER)
    for position, value in flips:
        damaged[position] = value
    body = base64.encodebytes(bytes(damaged)).decode()
    with contextlib.suppress(RefusedError):  # anything else fails the test
        subject.parse(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_refusal(text):
    refused(text)
