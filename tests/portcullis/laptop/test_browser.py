"""What a person sees in a real Chromium that was given the PFX: pets, a refusal, or no page.

The commands that import and trust are those of docs/guide/certificates.md. Nothing outside of a
temporary home is written.
"""

import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from portcullis.pki.kit import archive
from portcullis.pki.kit.address import ApiAddress
from portcullis.pki.layout import PkiLayout
from portcullis.pki.pfx import PfxEncoding
from tests.portcullis.laptop.running import ROOT

PAGE_SECONDS = 600
COMMAND_SECONDS = 600
EXPLICIT_DENY = "with an explicit deny in an identity-based policy"

GUIDE = (ROOT / "docs" / "guide" / "certificates.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("### Chromium and Chrome on Linux\n")[2].partition("\n## ")[0]
FIND, IMPORT, TRUST, DISTRUST = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)

OLDER, NEWER = ".pki/nssdb", ".local/share/pki/nssdb"


def why_not():
    """What a browser test lacks here, or None."""
    for program in ("chromium", "certutil", "pk12util"):
        if shutil.which(program) is None:
            return f"there is no {program} here (Debian: chromium, libnss3-tools)"
    if shutil.which("chromium").startswith("/snap/"):
        return "Chromium from Snap does not start in a temporary home"
    return None


pytestmark = [pytest.mark.browser, pytest.mark.laptop]

if reason := why_not():
    pytest.skip(reason, allow_module_level=True)


class Browser:
    """A person's home with Chromium in it, standing in the folder of a project."""

    def __init__(self, home, ready):
        self.home = home
        self.gateway = ready["gateway"]
        self.pki = PkiLayout(Path(ready["pki"]))
        (home / "tmp").mkdir()
        (home / ".portcullis" / "pki").mkdir(parents=True)
        shutil.copy(ready["ca"], home / ".portcullis" / "pki" / "ca.pem")
        self._choose_any_certificate()

    def follow(self, *commands):
        """Type these commands of the guide."""
        script = "\n".join((FIND, *commands))
        self._run(COMMAND_SECONDS, "/bin/sh", "-euc", script)

    def receive(self, client, encoding=PfxEncoding.MODERN):
        """Import a client's PFX: the laptop's own file, or that of a kit in another encoding."""
        files = self.pki.client(client)
        content = files.pfx.read_bytes()
        if encoding is not PfxEncoding.MODERN:
            content = kit_of(files, client).read(f"{client}-kit/{client}.{encoding}.pfx")
        (self.home / "pet-shop.pfx").write_bytes(content)
        shutil.copy(files.pfx_passphrase, self.home / "passphrase")
        self.follow(IMPORT.replace("-i pet-shop.pfx", "-i pet-shop.pfx -w passphrase"))

    def open(self, path):
        """The document at this path of the gateway; nothing when there is none to show."""
        return self._run(
            PAGE_SECONDS,
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", "--no-proxy-server", "--password-store=basic"),
            *(f"--user-data-dir={self.home / 'profile'}", "--dump-dom", self.gateway + path),
        )

    def _run(self, seconds, *command):
        """What a command prints. It gets a session of its own, which ends with it."""
        printed, said = self.home / "stdout", self.home / "stderr"
        with printed.open("wb") as stdout, said.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                process.wait(seconds)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        assert process.returncode == 0, said.read_text(errors="replace")
        return printed.read_text(encoding="utf-8").strip()

    def _choose_any_certificate(self):
        # What the policy AutoSelectCertificateForUrls sets, but in the profile, where no root is
        # needed. Without it Chromium asks which certificate to show, and nobody is there to answer.
        chosen = {f"{self.gateway},*": {"setting": {"filters": [{}]}}}
        content = {"content_settings": {"exceptions": {"auto_select_certificate": chosen}}}
        preferences = self.home / "profile" / "Default" / "Preferences"
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps({"profile": content}))

    def _environment(self):
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.home / "tmp"),
        }


@pytest.fixture
def browser(laptop, tmp_path_factory):
    # A short name: Chromium's sockets lie below it, and their paths may have 107 bytes.
    return Browser(tmp_path_factory.mktemp("b"), laptop.ready)


def kit_of(files, client):
    passphrase = files.pfx_passphrase.read_text().strip()
    credential = archive.credential_in(files)
    content = archive.make(client, credential, ApiAddress(host="localhost"), passphrase)
    return zipfile.ZipFile(io.BytesIO(content))


def text_of(document):
    return html.unescape(re.sub(r"<[^>]*>", " ", document))


def pets_of(document):
    return [pet["type"] for pet in json.loads(text_of(document))]


def test_with_a_pfx_of_the_laptop_the_browser_shows_the_welcome_page_and_three_pets(browser):
    browser.follow(TRUST)
    browser.receive("pet-shop")
    assert "<h1>Welcome to the PetStore</h1>" in browser.open("/")
    assert pets_of(browser.open("/pets")) == ["dog", "cat", "fish"]
    assert (browser.home / NEWER / "cert9.db").exists()


def test_an_older_home_with_the_legacy_pfx_of_a_kit_shows_the_same(browser):
    (browser.home / OLDER).mkdir(parents=True)
    browser.follow(TRUST)
    browser.receive("pet-shop", PfxEncoding.LEGACY)
    assert pets_of(browser.open("/pets")) == ["dog", "cat", "fish"]
    assert not (browser.home / NEWER).exists()


def test_with_the_pfx_of_an_unregistered_client_the_browser_shows_the_refusal(browser):
    browser.follow(TRUST)
    browser.receive("stranger")
    assert EXPLICIT_DENY in text_of(browser.open("/pets"))


def test_without_a_certificate_there_is_no_page_until_one_is_imported(browser):
    browser.follow(TRUST)
    assert browser.open("/pets") == ""
    browser.receive("pet-shop")
    assert pets_of(browser.open("/pets")) == ["dog", "cat", "fish"]


def test_the_laptop_is_shown_only_while_its_authority_is_trusted(browser):
    browser.receive("pet-shop")
    browser.follow(TRUST)
    assert pets_of(browser.open("/pets")) == ["dog", "cat", "fish"]
    browser.follow(DISTRUST)
    assert browser.open("/pets") == ""
