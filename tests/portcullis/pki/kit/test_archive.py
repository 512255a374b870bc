"""A kit's files open in OpenSSL, Java, NSS and Node with the passphrase, and not with another."""

import io
import re
import shutil
import ssl
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from portcullis.errors import MisuseError
from portcullis.pki import client_files, keys
from portcullis.pki.errors import CertificateFileError, KeyExposedError
from portcullis.pki.kit import archive
from portcullis.pki.layout import ClientFiles

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "calling.md"
LANGUAGES = {
    "call.py": "python",
    "call.js": "javascript",
    "call.go": "go",
    "Call.java": "java",
    "Call.cs": "csharp",
}
NODE = """
const [, pfx, cert, key, passphrase] = process.argv;
const read = require("node:fs").readFileSync;
const { createSecureContext } = require("node:tls");
createSecureContext({ pfx: read(pfx), passphrase });
createSecureContext({ cert: read(cert), key: read(key), passphrase });
"""


def program(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} command here")
    return found


def run(*command, fails=False):
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=300, check=False
    )
    assert fails == (done.returncode != 0), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=["pfx", "legacy.pfx"])
def pfx(kit, request):
    return kit.folder / f"pet-shop.{request.param}"


def test_a_kit_holds_every_format_of_one_certificate(kit):
    names = {path.name for path in kit.folder.iterdir() if path.is_file()}
    assert names == {
        "README.html",
        "pet-shop.pem",
        "pet-shop.encrypted.key",
        "pet-shop.pfx",
        "pet-shop.legacy.pfx",
        "pet-shop.mobileconfig",
        "chain.pem",
    }
    leaf, *chain = x509.load_pem_x509_certificates((kit.folder / "pet-shop.pem").read_bytes())
    assert leaf == kit.credential.certificate
    assert x509.load_pem_x509_certificates((kit.folder / "chain.pem").read_bytes()) == chain


def test_its_files_are_for_their_owner_only(kit):
    with zipfile.ZipFile(io.BytesIO(kit.content)) as opened:
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {0o100600}


def test_nothing_in_it_holds_the_passphrase_or_the_bare_key(kit):
    bare = kit.credential.key_pem.splitlines()[1]
    der = kit.credential.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for path in filter(Path.is_file, kit.folder.rglob("*")):
        content = path.read_bytes()
        assert kit.passphrase.encode() not in content, path
        assert bare not in content, path
        assert der not in content, path


@pytest.mark.parametrize("flags", [(), ("-legacy",)], ids=["default", "legacy"])
def test_both_providers_of_openssl_open_both_encodings_and_the_key(kit, pfx, openssl, flags):
    command = ("pkcs12", "-in", pfx, "-nodes", *flags, "-passin")
    assert openssl(*command, f"pass:{kit.passphrase}").stdout.count("BEGIN CERTIFICATE") == 2
    openssl(*command, "pass:wrong horse", fails=True)
    key = ("pkey", "-in", kit.folder / "pet-shop.encrypted.key", "-pubout", "-passin")
    public = openssl(*key, f"pass:{kit.passphrase}").stdout
    assert serialization.load_pem_public_key(public.encode()) == kit.credential.key.public_key()
    openssl(*key, "pass:wrong horse", fails=True)


def test_keytool_imports_it_by_the_command_of_the_page(kit, pfx, tmp_path):
    command = (
        *(program("keytool"), "-importkeystore", "-srckeystore", pfx, "-srcstoretype", "PKCS12"),
        *("-destkeystore", tmp_path / "client.p12", "-deststoretype", "PKCS12"),
        *("-deststorepass", "changeit1", "-srcstorepass"),
    )
    run(*command, "wrong horse", fails=True)
    run(*command, kit.passphrase)
    listed = ("keytool", "-list", "-keystore", tmp_path / "client.p12", "-storepass", "changeit1")
    assert "pet-shop" in run(*listed)


def test_the_library_of_firefox_and_chromium_imports_it(kit, pfx, tmp_path):
    certutil, pk12util = program("certutil"), program("pk12util")
    database = f"sql:{tmp_path}"
    run(certutil, "-N", "-d", database, "--empty-password")
    run(pk12util, "-d", database, "-i", pfx, "-W", "wrong horse", fails=True)
    run(pk12util, "-d", database, "-i", pfx, "-W", kit.passphrase)
    assert "pet-shop" in run(certutil, "-K", "-d", database)


def test_node_takes_each_pfx_and_the_encrypted_key(kit, pfx):
    pem = (kit.folder / name for name in ("pet-shop.pem", "pet-shop.encrypted.key"))
    command = (program("node"), "-e", NODE, pfx, *pem)
    run(*command, kit.passphrase)
    run(*command, "wrong horse", fails=True)


def test_python_takes_the_encrypted_key(kit):
    files = (kit.folder / "pet-shop.pem", kit.folder / "pet-shop.encrypted.key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_cert_chain(*files, password=kit.passphrase)
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(*files, password="wrong horse")


def test_its_programs_are_those_of_the_guide_which_are_run_against_a_laptop(kit):
    programs = {path.name: path.read_text() for path in (kit.folder / "programs").iterdir()}
    guide = GUIDE.read_text(encoding="utf-8")
    assert programs == {
        name: re.search(rf"```{language}\n(.*?)```\n", guide, re.DOTALL)[1]
        for name, language in LANGUAGES.items()
    }


@pytest.fixture
def issued(kit, tmp_path):
    files = ClientFiles.below(tmp_path / "out", "pet-shop")
    client_files.write(files, kit.credential, "pet-shop", kit.passphrase)
    return files


def test_the_credential_is_read_from_the_files_that_issue_wrote(kit, issued):
    assert archive.credential_in(issued).certificate_pem == kit.credential.certificate_pem


def test_a_key_of_another_certificate_is_refused(issued):
    issued.key.write_bytes(keys.to_pem(keys.generate()))
    with pytest.raises(CertificateFileError, match="is not the key of"):
        archive.credential_in(issued)


def test_files_that_are_not_pem_are_refused(issued):
    issued.certificate.write_bytes(b"no certificate")
    with pytest.raises(MisuseError, match="are not a certificate and its unencrypted key"):
        archive.credential_in(issued)


def test_a_key_that_others_can_read_is_refused(issued):
    issued.key.chmod(0o644)
    with pytest.raises(KeyExposedError):
        archive.credential_in(issued)


def test_a_kit_is_for_its_own_certificate_only(kit, tmp_path):
    path = tmp_path / archive.file_name("pet-shop")
    pem = kit.credential.certificate_pem
    assert not archive.is_for(path, "pet-shop", pem)
    path.write_bytes(kit.content)
    assert archive.is_for(path, "pet-shop", pem)
    assert not archive.is_for(path, "pet-shop", pem + b"\n")
    assert not archive.is_for(path, "pet-hotel", pem)
    path.write_bytes(kit.content[:100])
    assert not archive.is_for(path, "pet-shop", pem)
