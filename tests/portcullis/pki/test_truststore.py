"""Start from a good bundle and break one thing; each rule has its finding."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from portcullis.pki import forge, keys, truststore
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose
from portcullis.pki.truststore import Severity

GOOD = Hierarchy.create(Purpose.CLIENT)
GOOD_PEM = GOOD.anchors_pem(Purpose.CLIENT)


def codes(findings, severity=None):
    return [f.code for f in findings if severity in {None, f.severity}]


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(
    subject,
    key,
    *,
    issuer=None,
    issuer_key=None,
    algorithm=None,
    ca=True,
    path_length=None,
    usage=None,
    start=None,
    end=None,
):
    """A certificate in which anything may be wrong; self-signed without an issuer."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start or now - timedelta(days=1))
        .not_valid_after(end or now + timedelta(days=1000))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key or key, algorithm or hashes.SHA256())


def chain(length):
    """A root and authorities below it, the deepest first."""
    key = keys.generate()
    found = [certificate("level 1", key)]
    for level in range(2, length + 1):
        own = keys.generate()
        found.insert(
            0,
            certificate(f"level {level}", own, issuer=f"level {level - 1}", issuer_key=key),
        )
        key = own
    return found


def usage(*, key_cert_sign):
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def test_a_good_bundle_has_no_findings():
    assert truststore.lint(GOOD_PEM) == []


def test_windows_line_ends_are_fine():
    assert truststore.lint(GOOD_PEM.replace(b"\n", b"\r\n")) == []


def test_a_single_self_signed_root_is_enough():
    assert truststore.lint(to_pem(GOOD.root.certificate)) == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b" \t\r\n"])
def test_an_empty_bundle_is_an_error(content):
    assert codes(truststore.lint(content)) == ["empty"]


@pytest.mark.parametrize(
    "content",
    [b"certificates", GOOD.root.certificate.public_bytes(serialization.Encoding.DER), b"\x00" * 9],
    ids=["text", "der", "zeros"],
)
def test_what_is_not_pem_is_an_error(content):
    assert codes(truststore.lint(content)) == ["not-pem"]


@pytest.mark.parametrize(
    "key",
    [
        GOOD.root.key_pem,
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
        GOOD.root.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        ),
        GOOD.root.key_pem[: len(GOOD.root.key_pem) // 2],
    ],
    ids=["pkcs8", "pkcs1", "encrypted", "cut"],
)
def test_a_private_key_is_an_error_that_does_not_repeat_it(key):
    findings = truststore.lint(key + GOOD_PEM)
    assert "private-key" in codes(findings, Severity.ERROR)
    assert key.splitlines()[1].decode() not in "".join(f.message + f.subject for f in findings)


@pytest.mark.parametrize(
    "content",
    [
        GOOD_PEM[:-20],
        GOOD_PEM[20:],
        GOOD_PEM.replace(b"-----END CERTIFICATE-----", b"", 1),
        GOOD_PEM.replace(b"BEGIN CERTIFICATE", b"BEGIN X509 CRL", 1),
    ],
    ids=["cut at the end", "cut at the start", "joined", "two labels"],
)
def test_a_cut_or_badly_joined_bundle_is_an_error(content):
    assert truststore.has_errors(truststore.lint(content))


@pytest.mark.parametrize("label", [b"CERTIFICATE REQUEST", b"TRUSTED CERTIFICATE", b"X509 CRL"])
def test_a_block_that_is_no_certificate_is_an_error(label):
    block = GOOD_PEM.replace(b" CERTIFICATE", b" " + label)
    assert set(codes(truststore.lint(block))) == {"not-a-certificate"}


@pytest.mark.parametrize(
    "body", [b"", b"AAAA", b"MIIB", b"not base64!", b"MAA="], ids=lambda b: b.decode() or "empty"
)
def test_a_block_that_is_no_x509_is_an_error(body):
    block = b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----\n"
    findings = truststore.lint(GOOD_PEM + block)
    assert codes(findings) == ["malformed-certificate"]
    assert (findings[0].subject, findings[0].position) == ("block 3", 3)


def test_text_between_the_blocks_is_a_warning():
    findings = truststore.lint(b"subject=CN=partner\n" + GOOD_PEM)
    assert codes(findings, Severity.WARNING) == ["text-outside-pem"]


@pytest.mark.parametrize("extra", [b"\xef\xbb\xbf", "# Schlüssel\n".encode()], ids=["bom", "text"])
def test_characters_outside_ascii_are_an_error(extra):
    assert codes(truststore.lint(extra + GOOD_PEM)) == ["not-ascii"]


@pytest.mark.parametrize(("size", "expected"), [(999_999, []), (1_000_000, ["too-large"])])
def test_the_bundle_must_be_smaller_than_1000_kb(size, expected):
    padded = GOOD_PEM + b"\n" * (size - len(GOOD_PEM))
    assert codes(truststore.lint(padded)) == expected


def test_a_duplicate_is_a_warning_and_is_checked_once():
    findings = truststore.lint(GOOD_PEM + to_pem(GOOD.root.certificate))
    assert codes(findings) == ["duplicate"]
    assert "block 2" in findings[0].message


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (rsa.generate_private_key(65537, 1024), ["weak-key"]),  # noqa: S505 - the point
        (rsa.generate_private_key(65537, 2048), []),
        (ec.generate_private_key(ec.SECP224R1()), ["weak-key"]),
        (ec.generate_private_key(ec.SECP384R1()), []),
    ],
    ids=["rsa1024", "rsa2048", "p224", "p384"],
)
def test_keys_need_the_strength_that_api_gateway_asks(key, expected):
    assert codes(truststore.lint(to_pem(certificate("root", key)))) == expected


def test_an_ed25519_authority_is_an_error():
    key = ed25519.Ed25519PrivateKey.generate()
    root = (
        x509.CertificateBuilder()
        .subject_name(name("root"))
        .issuer_name(name("root"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    assert set(codes(truststore.lint(to_pem(root)))) == {"weak-key", "weak-signature"}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [(hashes.SHA224(), ["weak-signature"]), (hashes.SHA256(), []), (hashes.SHA512(), [])],
    ids=["sha224", "sha256", "sha512"],
)
def test_signatures_need_sha256_or_stronger(algorithm, expected):
    root = certificate("root", keys.generate(), algorithm=algorithm)
    assert codes(truststore.lint(to_pem(root))) == expected


def test_a_sha1_signature_is_one_error_and_not_a_broken_chain_besides():
    leaf = forge.with_weak_signature(GOOD.issuing, "old", ())
    found = codes(truststore.lint(to_pem(leaf.certificate) + GOOD_PEM), Severity.ERROR)
    assert found == ["weak-signature", "not-an-authority"]


def test_an_expired_issuer_is_an_error():
    root = certificate(
        "root",
        keys.generate(),
        start=datetime(2001, 1, 1, tzinfo=UTC),
        end=datetime(2002, 1, 1, tzinfo=UTC),
    )
    findings = truststore.lint(to_pem(root))
    assert codes(findings) == ["expired"]
    assert "2002-01-01 00:00 UTC" in findings[0].message


def test_an_issuer_of_the_future_is_an_error():
    start = datetime.now(UTC) + timedelta(days=1)
    root = certificate("root", keys.generate(), start=start)
    assert codes(truststore.lint(to_pem(root))) == ["not-yet-valid"]


def test_an_issuer_that_ends_soon_is_a_warning():
    now = GOOD.issuing.certificate.not_valid_after_utc - timedelta(days=10, hours=1)
    findings = truststore.lint(GOOD_PEM, now=now)
    assert codes(findings, Severity.WARNING) == ["expires-soon"]
    assert "ends in 10 days" in findings[0].message
    assert truststore.lint(GOOD_PEM, now=now, expires_soon=timedelta(days=9)) == []


def test_an_intermediate_without_its_root_is_an_error():
    findings = truststore.lint(to_pem(GOOD.issuing.certificate))
    assert codes(findings) == ["incomplete-chain"]
    assert findings[0].subject.startswith("CN=client issuing CA")


def test_a_root_that_only_has_the_right_name_does_not_complete_a_chain():
    key = keys.generate()
    impostor = certificate("level 1", keys.generate())
    below = certificate("level 2", keys.generate(), issuer="level 1", issuer_key=key)
    assert codes(truststore.lint(to_pem(below, impostor))) == ["incomplete-chain"]


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, []), (3, []), (4, ["chain-at-limit"]), (5, ["chain-too-long", "chain-at-limit"])],
)
def test_chains_are_measured_against_the_limit_of_four(length, expected):
    assert codes(truststore.lint(to_pem(*chain(length)))) == expected


def test_authorities_that_sign_each_other_end_without_a_root():
    one, two = keys.generate(), keys.generate()
    first = certificate("one", one, issuer="two", issuer_key=two)
    second = certificate("two", two, issuer="one", issuer_key=one)
    found = codes(truststore.lint(to_pem(first, second)), Severity.ERROR)
    assert found == ["incomplete-chain", "incomplete-chain"]


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, ["path-length"] * 2), (1, ["path-length"]), (2, [])]
)
def test_authorities_further_down_than_their_root_allows_are_errors(limit, expected):
    root_key, key = keys.generate(), keys.generate()
    root = certificate("root", root_key, path_length=limit)
    middle = certificate("middle", key, issuer="root", issuer_key=root_key)
    lowest = certificate("lowest", keys.generate(), issuer="middle", issuer_key=key)
    assert codes(truststore.lint(to_pem(lowest, middle, root))) == expected


@pytest.mark.parametrize("ca", [None, False], ids=["no constraints", "not a CA"])
def test_a_leaf_among_the_issuers_is_an_error(ca):
    key = keys.generate()
    leaf = certificate("leaf", keys.generate(), issuer="root", issuer_key=key, ca=ca)
    found = codes(truststore.lint(to_pem(leaf, certificate("root", key))))
    assert found == ["not-an-authority"]


def test_a_self_signed_client_is_a_warning():
    client = forge.self_signed("partner", ())
    found = truststore.lint(to_pem(client.certificate), expires_soon=timedelta(0))
    assert codes(found, Severity.WARNING) == ["self-signed-client"]
    assert not truststore.has_errors(found)


def test_an_authority_that_may_not_sign_certificates_is_an_error():
    root = certificate("root", keys.generate(), usage=usage(key_cert_sign=False))
    assert codes(truststore.lint(to_pem(root))) == ["cannot-sign"]
    root = certificate("root", keys.generate(), usage=usage(key_cert_sign=True))
    assert truststore.lint(to_pem(root)) == []


def test_a_serial_number_that_rfc_5280_forbids_is_a_warning():
    der = GOOD.root.certificate.public_bytes(serialization.Encoding.DER)
    # SEQUENCE, SEQUENCE, [0] version, then the serial number: tag, length, first octet.
    position = der.index(b"\xa0\x03\x02\x01\x02") + 7
    negative = der[:position] + bytes([der[position] | 0x80]) + der[position + 1 :]
    findings = truststore.lint(forge_pem(negative))
    assert "serial-number" in codes(findings, Severity.WARNING)


def test_a_file_of_many_beginnings_is_read_in_one_pass():
    content = b"-----BEGIN CERTIFICATE-----\n" * 30_000
    assert codes(truststore.lint(content)) == ["malformed-pem"]


def test_a_root_before_its_intermediate_is_a_warning():
    findings = truststore.lint(to_pem(GOOD.root.certificate, GOOD.issuing.certificate))
    assert codes(findings, Severity.WARNING) == ["order"]


def test_errors_come_before_warnings():
    findings = truststore.lint(
        to_pem(GOOD.root.certificate, GOOD.issuing.certificate) + to_pem(chain(2)[0])
    )
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=[Severity.ERROR, Severity.WARNING].index)


def test_every_finding_says_what_to_do_and_is_printable():
    key = keys.generate()
    strange = certificate("a\x1b[31m\u202eb", key, issuer="elsewhere", issuer_key=keys.generate())
    findings = truststore.lint(to_pem(strange) + GOOD.root.key_pem + b"text")
    assert len(findings) >= 3
    for finding in findings:
        assert finding.message.endswith((".", "init --force"))
        assert (finding.subject + finding.message).isprintable()


def test_a_bundle_is_ordered_complete_and_without_duplicates():
    other = Hierarchy.create(Purpose.CLIENT)
    scattered = [
        GOOD.root.certificate,
        other.root.certificate,
        GOOD.issuing.certificate,
        GOOD.root.certificate,
        other.issuing.certificate,
    ]
    pem = truststore.bundle(scattered)
    assert truststore.lint(pem) == []
    assert set(x509.load_pem_x509_certificates(pem)) == set(scattered)


def test_two_generations_can_be_trusted_at_once():
    old, new = Authority.root("client"), Authority.root("client")
    pem = truststore.bundle([old.certificate, new.certificate])
    assert truststore.lint(pem) == []


DER = GOOD.issuing.certificate.public_bytes(serialization.Encoding.DER)


@given(
    st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_no_damaged_certificate_makes_the_lint_fail(changes):
    der = bytearray(DER)
    for position, value in changes:
        der[position] = value
    block = forge_pem(bytes(der))
    for finding in truststore.lint(block + GOOD_PEM):
        assert finding.code
        assert finding.subject.isprintable()


@given(st.binary(max_size=400))
def test_no_bytes_make_the_lint_fail(content):
    truststore.lint(content)
    truststore.lint(forge_pem(content))
    truststore.lint(GOOD_PEM + content)


def forge_pem(der):
    return (
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    )
