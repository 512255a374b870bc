"""Files that a partner may send: PEM, DER and PFX are read, everything else is refused."""

import shlex

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portcullis.errors import ExitCode
from portcullis.pki import certificate_file, keys, pfx
from portcullis.pki.errors import CertificateFileError, PassphraseError, StorageError


@pytest.fixture
def leaf(trusted, pet_shop):
    return trusted.issuing.issue_client("pet-shop", pet_shop)


def test_a_pem_file_is_read_with_its_chain(leaf, tmp_path):
    path = tmp_path / "a.crt"
    path.write_bytes(b"subject=CN=pet-shop\n" + leaf.certificate_pem)
    assert certificate_file.read(path) == [leaf.certificate, *leaf.chain]


def test_a_der_file_is_read(leaf, tmp_path):
    path = tmp_path / "a.cer"
    path.write_bytes(leaf.certificate.public_bytes(serialization.Encoding.DER))
    assert certificate_file.read(path) == [leaf.certificate]


@pytest.mark.parametrize("suffix", ["pfx", "P12"])
def test_a_pfx_is_read_with_its_passphrase(leaf, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(pfx.encode(leaf, "pet-shop", "correct horse"))
    assert certificate_file.read(path, "correct horse") == [leaf.certificate, *leaf.chain]
    with pytest.raises(PassphraseError, match="--ask-passphrase"):
        certificate_file.read(path)
    with pytest.raises(PassphraseError, match="does not open") as refused:
        certificate_file.read(path, "wrong horse")
    assert "wrong horse" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"text", keys.to_pem(keys.generate()), b"-----BEGIN CERTIFICATE-----\nAAAA\n"],
    ids=["empty", "text", "key", "cut"],
)
def test_a_file_without_certificates_is_refused(tmp_path, content):
    path = tmp_path / "a.pem"
    path.write_bytes(content)
    with pytest.raises(CertificateFileError, match="must hold a certificate") as refused:
        certificate_file.read(path)
    assert refused.value.exit_code is ExitCode.MISUSE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" \n", "It is empty"),
        (b"certificates", "It has no PEM block"),
        ("-----BEGIN CERTIFICATE-----".encode("utf-16"), "It is UTF-16 text; convert it: iconv"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "cut or damaged"),
        (
            b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
            "convert it: openssl x509",
        ),
        (b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n", "convert it: openssl pkcs7"),
        (
            b"-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n",
            "It has an old label; convert it: openssl x509",
        ),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "has: X509 CRL"),
    ],
)
def test_what_a_file_holds_instead_is_said(tmp_path, content, said):
    path = tmp_path / "a.pem"
    path.write_bytes(content)
    with pytest.raises(CertificateFileError, match=said):
        certificate_file.read(path)


def test_a_command_that_converts_a_file_quotes_its_name(leaf, tmp_path):
    path = tmp_path / "it's a file.pem"
    path.write_bytes(pfx.encode(leaf, "pet-shop", "correct horse"))
    with pytest.raises(CertificateFileError, match="openssl pkcs12 ") as refused:
        certificate_file.read(path)
    command = str(refused.value).partition("convert it: ")[2]
    assert shlex.split(command)[-3:] == [str(path), "-out", f"{path}.pem"]


def test_a_pfx_of_others_may_have_a_short_passphrase_or_none(leaf, tmp_path):
    path = tmp_path / "a.pfx"
    for encryption, passphrase in (
        (serialization.NoEncryption(), None),
        (serialization.BestAvailableEncryption(b"1234"), "1234"),
    ):
        content = pkcs12.serialize_key_and_certificates(
            None, leaf.key, leaf.certificate, None, encryption
        )
        path.write_bytes(content)
        assert certificate_file.read(path, passphrase) == [leaf.certificate]


def test_a_certificate_that_is_cut_off_is_not_left_out_silently(leaf, tmp_path):
    path = tmp_path / "a.pem"
    path.write_bytes(leaf.certificate_pem[:-40])
    with pytest.raises(CertificateFileError, match="cut or damaged"):
        certificate_file.read(path)


def test_a_missing_file_is_an_error_for_people(tmp_path):
    with pytest.raises(StorageError, match="No such file"):
        certificate_file.read(tmp_path / "a.pem")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=300), st.sampled_from(["a.pem", "a.pfx"]))
def test_any_content_is_read_or_refused(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((CertificateFileError, PassphraseError)):
        certificate_file.read(path, "correct horse")
