"""`portcullis certs issue --from --kits`: a kit and a passphrase for each client."""

import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from portcullis.pki import keys, pfx
from portcullis.pki.errors import IdentityError, PkiMisuseError
from tests.portcullis.cli.certs.running import run_json

ISSUE = (
    *("issue", "--from", "partners.csv", "--out", "out", "--kits", "kits"),
    *("--host", "api.example.com"),
)


@pytest.fixture
def issue(ready):
    Path("partners.csv").write_text("client\npet-shop\npet-hotel\n")

    def call(*options):
        return run_json(ready, *ISSUE, *options)

    return call


def kit(client):
    return Path(f"kits/{client}.kit.zip")


def test_every_kit_opens_with_its_own_passphrase(issue):
    assert issue()["kits"] == ["pet-shop", "pet-hotel"]
    phrases = set()
    for client in ("pet-shop", "pet-hotel"):
        secret = Path(f"kits/{client}.kit.passphrase")
        assert (secret.stat().st_mode | kit(client).stat().st_mode) & 0o777 == 0o600
        phrases.add(phrase := secret.read_text().strip())
        with zipfile.ZipFile(kit(client)) as opened:
            content = opened.read(f"{client}-kit/{client}.pfx")
        leaf, *_ = pfx.certificates(content, phrase)
        assert leaf == x509.load_pem_x509_certificate(Path(f"out/{client}.pem").read_bytes())
    assert len(phrases) == 2


def test_the_same_command_makes_only_what_is_missing(issue):
    issue()
    before = kit("pet-shop").read_bytes()
    kit("pet-hotel").unlink()
    assert issue()["kits"] == ["pet-hotel"]
    Path("kits/pet-hotel.kit.passphrase").unlink()
    assert issue()["kits"] == ["pet-hotel"]
    assert issue()["kits"] == []
    assert kit("pet-shop").read_bytes() == before


def test_a_kit_of_an_earlier_certificate_is_moved_aside(issue, ready):
    issue()
    before = kit("pet-shop").read_bytes()
    ready("renew", "pet-shop", "--out", "out")
    assert issue()["kits"] == ["pet-shop"]
    (aside,) = Path("kits").glob("pet-shop.kit.replaced-*.zip")
    assert aside.read_bytes() == before
    assert len(list(Path("kits").glob("pet-shop.kit.replaced-*.passphrase"))) == 1


def test_a_partner_with_a_request_of_its_own_gets_no_kit(ready):
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(keys.generate(), hashes.SHA256())
    Path("barber.csr").write_bytes(csr.public_bytes(serialization.Encoding.PEM))
    Path("partners.csv").write_text("client,csr\npet-barber,barber.csr\n")
    described = run_json(ready, *ISSUE)
    assert len(described["issued"]) == 1
    assert described["kits"] == []


def test_a_dry_run_makes_no_kit(issue):
    assert issue("--dry-run")["kits"] == []
    assert not Path("kits").exists()


def test_a_wrong_host_stops_it_before_the_first_certificate(ready, issue):
    with pytest.raises(IdentityError):
        ready(*ISSUE, "--host", "api example")
    assert not Path("out").exists()


def test_kits_are_for_a_file_of_partners(ready):
    with pytest.raises(PkiMisuseError, match="--kits"):
        ready("issue", "pet-shop", "--out", "out", "--kits", "kits")
