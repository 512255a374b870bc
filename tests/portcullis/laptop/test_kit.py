"""The commands of a kit's page, as they stand there, call a laptop."""

import html
import io
import os
import plistlib
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portcullis.pki.kit import archive
from portcullis.pki.kit.address import ApiAddress
from portcullis.pki.layout import PkiLayout

pytestmark = pytest.mark.laptop

SECONDS = 600  # go and java compile first
PROGRAMS = {"curl": "curl", "python": "python3", "node": "node", "go": "go", "java": "java"}


@pytest.fixture(scope="module")
def passphrase(laptop):
    return (
        PkiLayout(Path(laptop.ready["pki"])).client("pet-shop").pfx_passphrase.read_text().strip()
    )


@pytest.fixture(scope="module")
def kit(laptop, passphrase, tmp_path_factory):
    layout = PkiLayout(Path(laptop.ready["pki"]))
    address = ApiAddress(
        host=urlsplit(laptop.ready["gateway"]).netloc,
        path="/pets",
        server_ca=Path(laptop.ready["ca"]).read_bytes(),
    )
    credential = archive.credential_in(layout.client("pet-shop"))
    folder = tmp_path_factory.mktemp("kit")
    content = archive.make("pet-shop", credential, address, passphrase)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        opened.extractall(folder)
    return folder / "pet-shop-kit"


def run(kit, command, **environment):
    return subprocess.run(
        ["sh", "-euc", command],
        cwd=kit,
        env=os.environ | {"GOFLAGS": "-mod=mod"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def commands(kit, system):
    """The command blocks of one system."""
    page = (kit / "README.html").read_text(encoding="utf-8")
    section = page.partition(f'<h2 id="{system}">')[2].partition("<h2 ")[0]
    return [html.unescape(text) for text in re.findall(r"<code>([^<]*)</code></pre>", section)]


@pytest.mark.parametrize("system", PROGRAMS)
def test_the_command_of_the_page_gets_the_pets(kit, passphrase, system):
    if shutil.which(PROGRAMS[system]) is None:
        pytest.skip(f"{PROGRAMS[system]} is not installed")
    call, *_ = commands(kit, system)
    _, decrypt = commands(kit, "curl")
    # In place of typing: both programs ask at a terminal only.
    call = call.replace("curl ", f"curl --pass '{passphrase}' ", 1)
    decrypt = decrypt.replace("-in ", "-passin env:PASSPHRASE -in ")
    assert run(kit, decrypt, PASSPHRASE=passphrase).returncode == 0
    assert (kit / "pet-shop.key").stat().st_mode & 0o077 == 0
    answered = run(kit, call.splitlines()[-1], PASSPHRASE=passphrase)
    assert '"type": "dog"' in answered.stdout, answered.stderr


@pytest.mark.parametrize("system", ["curl", "java"])
def test_with_another_passphrase_there_is_no_call(kit, system):
    if shutil.which(PROGRAMS[system]) is None:
        pytest.skip(f"{PROGRAMS[system]} is not installed")
    call = commands(kit, system)[0].splitlines()[-1]
    call = call.replace("curl ", "curl --pass 'wrong horse' ", 1)
    answered = run(kit, call, PASSPHRASE="wrong horse")
    assert answered.returncode != 0
    assert answered.stdout == ""


def test_with_another_passphrase_there_is_no_key_for_python_node_and_go(kit):
    _, decrypt = commands(kit, "curl")
    decrypt = decrypt.replace("-in ", "-passin env:PASSPHRASE -in ")
    decrypt = decrypt.replace("pet-shop.key)", "other.key)")
    assert run(kit, decrypt, PASSPHRASE="wrong horse").returncode != 0
    assert not (kit / "other.key").exists() or (kit / "other.key").read_bytes() == b""


def test_the_identity_of_the_profile_calls_without_its_chain(kit, passphrase, laptop):
    """As a phone does that knows the certificate only: the truststore has its issuer."""
    profile = plistlib.loads((kit / "pet-shop.mobileconfig").read_bytes())
    (kit / "profile.pfx").write_bytes(profile["PayloadContent"][0]["PayloadContent"])
    call = "curl -s --cert-type P12 --cert profile.pfx --pass $PASSPHRASE --cacert server-ca.pem "
    answered = run(kit, f"{call} {laptop.ready['gateway']}/pets", PASSPHRASE=passphrase)
    assert '"type": "dog"' in answered.stdout, answered.stderr
