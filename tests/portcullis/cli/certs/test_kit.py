"""`portcullis certs kit`: the file it writes, and what it refuses."""

import zipfile
from pathlib import Path

import pytest

from portcullis.pki.errors import IdentityError, NotIssuedError, OutputExistsError, PassphraseError
from portcullis.settings.project import ProjectError
from tests.portcullis.cli.certs.running import run_json

PASSPHRASE = "correct horse"
KIT = (
    *("kit", "pet-shop", "--files", "out", "--host", "api.example.com"),
    *("--passphrase-file", "passphrase"),
)


@pytest.fixture
def issued(ready):
    Path("passphrase").write_text(PASSPHRASE)
    ready("issue", "pet-shop", "--out", "out")
    return ready


def test_the_kit_is_one_private_file_and_the_passphrase_is_not_shown(issued):
    shown = issued(*KIT)
    kit = Path("out/pet-shop.kit.zip")
    assert str(kit) in shown
    assert PASSPHRASE not in shown
    assert kit.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(kit) as opened:
        page = opened.read("pet-shop-kit/README.html").decode()
        assert opened.read("pet-shop-kit/pet-shop.pem") == Path("out/pet-shop.pem").read_bytes()
    assert "https://api.example.com/" in page
    assert "server-ca.pem" not in page


def test_a_kit_is_overwritten_only_with_force_and_then_moved_aside(issued):
    issued(*KIT)
    before = Path("out/pet-shop.kit.zip").read_bytes()
    with pytest.raises(OutputExistsError, match="add --force"):
        issued(*KIT)
    assert Path("out/pet-shop.kit.zip").read_bytes() == before
    described = run_json(issued, *KIT, "--force", "--path", "/pets")
    assert described["url"] == "https://api.example.com/pets"
    assert Path(described["movedAside"]).read_bytes() == before


def test_the_laptops_server_authority_is_in_a_kit_for_localhost(issued):
    issued(*KIT, "--host", "localhost:8443", "--out", "elsewhere")
    with zipfile.ZipFile("elsewhere/pet-shop.kit.zip") as opened:
        ca = opened.read("pet-shop-kit/server-ca.pem")
    assert ca == Path(".portcullis/pki/ca.pem").read_bytes()


def test_a_revoked_certificate_gets_no_kit(issued):
    issued("revoke", "pet-shop")
    with pytest.raises(NotIssuedError):
        issued(*KIT)
    assert not Path("out/pet-shop.kit.zip").exists()


def test_without_a_passphrase_and_a_terminal_the_option_is_named(issued):
    with pytest.raises(PassphraseError, match="--passphrase-file FILE"):
        issued(*KIT[:-2])


def test_without_a_host_there_must_be_a_stack(issued):
    with pytest.raises(ProjectError, match=r"No Pulumi\.yaml"):
        issued("kit", "pet-shop", "--files", "out", "--passphrase-file", "passphrase")


def test_a_host_that_is_not_one_is_refused(issued):
    with pytest.raises(IdentityError, match="is not a valid host"):
        issued(*KIT, "--host", "https://api.example.com")
