"""`portcullis certs issue`, `renew` and `list`: output, files and refusals."""

import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from portcullis.errors import MisuseError
from portcullis.pki import certificate_text, facts, keys, pfx
from portcullis.pki.errors import (
    AuthorityMissingError,
    IdentityError,
    NotIssuedError,
    OutputExistsError,
)
from tests.portcullis.cli.certs.running import leaf, run_json, sans


def test_issue_writes_what_a_partner_needs_and_shows_the_passphrase_once(ready):
    shown = ready("issue", "pet-shop", "--out", "out")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "pet-shop.key",
        "pet-shop.pem",
        "pet-shop.pfx",
    ]
    assert stat.S_IMODE(Path("out/pet-shop.key").stat().st_mode) == 0o600
    passphrase = shown.partition("shown this once")[2].splitlines()[1].strip()
    content = Path("out/pet-shop.pfx").read_bytes()
    assert pfx.certificates(content, passphrase)[0] == leaf("out/pet-shop.pem")
    assert facts.thumbprint(leaf("out/pet-shop.pem")) in shown
    assert sans("out/pet-shop.pem") == ["spiffe://portcullis.local/client/pet-shop"]
    assert "pet-shop is not in clients.local.yaml" in shown


def test_issue_in_json_prints_no_secret(ready):
    shown = ready("issue", "pet-shop", "--out", "out", "--json")
    printed = json.loads(shown)
    assert printed["files"] == {
        "certificate": "out/pet-shop.pem",
        "key": "out/pet-shop.key",
        "pfx": "out/pet-shop.pfx",
        "passphrase": "out/pet-shop.pfx.passphrase",
    }
    passphrase = Path("out/pet-shop.pfx.passphrase").read_text().strip()
    assert passphrase not in shown
    assert "PRIVATE" not in shown
    assert stat.S_IMODE(Path("out/pet-shop.pfx.passphrase").stat().st_mode) == 0o600
    assert printed["thumbprint"] == facts.thumbprint(leaf("out/pet-shop.pem"))


def test_issue_certifies_a_signing_request(ready):
    key = keys.generate()
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, hashes.SHA256())
    )
    Path("a.csr").write_bytes(request.public_bytes(serialization.Encoding.PEM))
    shown = ready("issue", "pet-shop", "--out", "out", "--csr", "a.csr")
    assert leaf("out/pet-shop.pem").public_key() == key.public_key()
    assert [path.name for path in Path("out").iterdir()] == ["pet-shop.pem"]
    assert "assphrase" not in shown


def test_issue_needs_an_authority(run):
    with pytest.raises(AuthorityMissingError, match="certs init"):
        run("issue", "pet-shop", "--out", "out")
    assert not Path("out").exists()


@pytest.mark.parametrize("client", ["../escaped", "/etc/shadow", "Pet Shop", "a\x00b", ""])
def test_a_client_id_cannot_leave_the_folder(ready, client):
    for command in (("issue", client, "--out", "out"), ("renew", client, "--out", "out")):
        with pytest.raises((IdentityError, NotIssuedError)) as refused:
            ready(*command)
        assert isinstance(refused.value, MisuseError)
    assert not Path("out").exists()


def test_issue_does_not_overwrite_but_moves_aside_when_asked(ready):
    ready("issue", "pet-shop", "--out", "out")
    with pytest.raises(OutputExistsError):
        ready("issue", "pet-shop", "--out", "out")
    assert ready("issue", "pet-shop", "--out", "out", "--force").count("moved aside") == 3


def test_renew_leaves_the_old_certificate_valid_and_says_until_when(ready):
    ready("issue", "pet-shop", "--out", "out", "--days", 90, "--san-uri", "spiffe://a.test/x")
    old = leaf("out/pet-shop.pem")
    shown = ready("renew", "pet-shop", "--out", "out")
    new = leaf("out/pet-shop.pem")
    assert new.public_key() != old.public_key()
    assert sans("out/pet-shop.pem") == ["spiffe://a.test/x"]
    assert f"works until {old.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" in shown
    assert shown.count("moved aside") == 3


def test_renew_in_json_says_the_same(ready):
    ready("issue", "pet-shop", "--out", "out")
    printed = run_json(ready, "renew", "pet-shop", "--out", "new", "--hours", 5)
    assert printed["serialNumber"] == certificate_text.serial_text(leaf("new/pet-shop.pem"))
    assert "works until" in printed["hint"]


@pytest.mark.parametrize("command", [("list",), ("renew", "pet-shop", "--out", "out"), ("crl",)])
def test_a_folder_without_an_authority_is_told_apart_from_one_that_issued_nothing(run, command):
    with pytest.raises(AuthorityMissingError):
        run(*command)


def test_renew_needs_a_predecessor(ready):
    with pytest.raises(NotIssuedError):
        ready("renew", "pet-shop", "--out", "out")
