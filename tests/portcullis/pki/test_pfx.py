"""PFX files open elsewhere: in OpenSSL and in Java, where those are found."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from portcullis.pki import pfx
from portcullis.pki.keys import KeyType
from portcullis.pki.pfx import PfxEncoding

PASSPHRASE = "correct horse"


@pytest.fixture(params=[KeyType.P256, KeyType.RSA_2048], ids=str)
def leaf(trusted, pet_shop, request):
    return trusted.issuing.issue_client("pet-shop", pet_shop, key_type=request.param)


@pytest.fixture(params=list(PfxEncoding), ids=str)
def encoding(request):
    return request.param


@pytest.fixture
def file(leaf, encoding, tmp_path):
    path = tmp_path / "client.pfx"
    path.write_bytes(pfx.encode(leaf, "pet-shop", PASSPHRASE, encoding))
    return path


def test_a_pfx_holds_key_certificate_chain_and_friendly_name(leaf, file):
    store = pkcs12.load_pkcs12(file.read_bytes(), PASSPHRASE.encode())
    assert store.key.public_key() == leaf.certificate.public_key()
    assert store.cert.certificate == leaf.certificate
    assert store.cert.friendly_name == b"pet-shop"
    assert [entry.certificate for entry in store.additional_certs] == list(leaf.chain)


def test_a_pfx_never_brings_its_root(file, trusted):
    assert trusted.root.certificate not in pfx.certificates(file.read_bytes(), PASSPHRASE)


def test_openssl_opens_it_and_names_its_encryption(file, encoding, openssl):
    flags = ["-legacy"] if encoding is PfxEncoding.LEGACY else []
    shown = openssl(
        *("pkcs12", "-in", file, "-info", "-nodes", "-passin", f"pass:{PASSPHRASE}", *flags)
    )
    assert "friendlyName: pet-shop" in shown.stdout
    assert shown.stdout.count("BEGIN CERTIFICATE") == 2
    assert shown.stdout.count("BEGIN PRIVATE KEY") == 1
    if encoding is PfxEncoding.MODERN:
        assert "MAC: sha256" in shown.stderr
        encryption = "PBES2, PBKDF2, AES-256-CBC, Iteration 20000, PRF hmacWithSHA256"
        assert shown.stderr.count(encryption) == 2
    else:
        assert "MAC: sha1" in shown.stderr
        assert shown.stderr.count("pbeWithSHA1And3-KeyTripleDES-CBC") == 2


def test_openssl_does_not_open_it_with_another_passphrase(file, encoding, openssl):
    flags = ["-legacy"] if encoding is PfxEncoding.LEGACY else []
    openssl("pkcs12", "-in", file, "-noout", "-passin", "pass:wrong", *flags, fails=True)


def test_java_opens_it(file):
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("there is no keytool command here")
    shown = subprocess.run(
        [
            *(keytool, "-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12"),
            *("-keystore", file, "-storepass", PASSPHRASE),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    ).stdout
    assert "Alias name: pet-shop" in shown
    assert "Entry type: PrivateKeyEntry" in shown
    assert "Certificate chain length: 2" in shown


def test_the_library_of_chromium_and_firefox_imports_it(file, tmp_path):
    certutil, pk12util = shutil.which("certutil"), shutil.which("pk12util")
    if certutil is None or pk12util is None:
        pytest.skip("there are no certutil and pk12util here (libnss3-tools)")
    database = f"sql:{tmp_path}"

    def run(*command):
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)

    run(certutil, "-N", "-d", database, "--empty-password")
    run(pk12util, "-d", database, "-i", file, "-W", PASSPHRASE)
    assert "pet-shop" in run(certutil, "-L", "-d", database).stdout
    assert "pet-shop" in run(certutil, "-K", "-d", database).stdout
