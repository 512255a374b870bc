"""`portcullis clients lock-out`: status, thumbprints and CRLs in one command."""

import json
from pathlib import Path

import pytest
from cryptography import x509

from portcullis.cli.clients import place
from portcullis.cli.clients.locking_out import when
from portcullis.cli.clients.place import IN_A_TABLE
from portcullis.pki import facts, handout, hierarchy, names
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.registry import ClientStatus, store
from tests.authorizer.tables import SHOP
from tests.portcullis.cli.clients.running import FILE, refused, run

PKI = PkiLayout(Path(".portcullis/pki"))


@pytest.fixture
def certificates(registry):
    """One of a replaced authority, one of the present one, and one of another client."""
    hierarchy.create_all(PKI, [Purpose.CLIENT])
    found = [issue("pet-shop")]
    hierarchy.create_all(PKI, [Purpose.CLIENT], replace=True)
    return [*found, issue("pet-shop"), issue("pet-viewer")]


def issue(client):
    request = ClientRequest(client=client, names=(names.san_uri("spiffe://a/pet-shop"),))
    options = PfxOptions(passphrase="correct horse")
    return handout.hand_out(PKI, request, Path("out"), options=options, replace=True).certificate


def test_a_client_and_its_certificates_of_all_generations_are_revoked(registry, certificates):
    shown = run("lock-out", "pet-shop", "--reason", "keyCompromise")
    text = registry.read_text()
    assert "status: revoked" in text
    old, new, other = certificates
    for certificate in (old, new):
        assert facts.thumbprint(certificate) in text
    assert facts.thumbprint(other) not in text
    assert text.count("reason: keyCompromise") == 2
    lists = [x509.load_pem_x509_crl(p.read_bytes()) for p in PKI.folder.glob("*/crl.pem")]
    revoked = {entry.serial_number for crl in lists for entry in crl}
    assert revoked == {old.serial_number, new.serial_number}
    assert shown.count("Signed:") == 2
    assert "next start. After it, cached answers count for authorizerCacheSeconds." in shown
    before = (text, [crl.fingerprint for crl in lists])
    again = json.loads(run("lock-out", "pet-shop", "--json"))
    assert (again["diff"], again["crls"]) == ("", [])
    assert registry.read_text() == before[0]


def test_a_dry_run_changes_neither_the_registry_nor_a_list(registry, certificates):
    shown = json.loads(run("lock-out", "pet-shop", "--dry-run", "--json"))
    assert set(shown["thumbprints"]) == {facts.thumbprint(one) for one in certificates[:2]}
    assert (shown["written"], shown["effect"]) == (False, None)
    assert registry.read_text() == FILE
    assert not list(PKI.folder.glob("*/crl.pem"))


def test_a_client_without_certificates_here_is_refused_by_its_status(registry):
    shown = run("lock-out", "pet-shop")
    assert "that are valid: 0" in shown
    assert "There is no certificate authority in .portcullis/pki. If one issued" in shown
    assert "status: revoked" in registry.read_text()
    assert not PKI.folder.exists()


def test_a_list_that_cannot_be_signed_does_not_keep_the_client_in(registry, certificates):
    for key in PKI.folder.glob("*/intermediate.key"):
        key.unlink()
    assert "No CRL was signed: " in refused("lock-out", "pet-shop")
    assert "status: revoked" in registry.read_text()
    assert facts.thumbprint(certificates[0]) in registry.read_text()


def test_an_unknown_client_is_an_error_and_no_list_is_signed(registry, certificates):
    assert "'pet-viewer' does not exist" in refused("lock-out", "pet-viewer")
    assert not list(PKI.folder.glob("*/crl.pem"))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (None, "cached answers count for 20 seconds at most"),
        ("portcullis-local-registry", "within 27 seconds (registryCacheSeconds 7 + authorizer"),
        ("portcullis-prod-registry", "registryCacheSeconds + authorizerCacheSeconds at the latest"),
        ("other", "registryCacheSeconds + authorizerCacheSeconds at the latest"),
    ],
)
def test_it_says_when_it_counts(registry, table, expected):
    (registry.parent / "Pulumi.local.yaml").write_text(
        "config:\n  portcullis:authorizerCacheSeconds: 20\n  portcullis:registryCacheSeconds: 7\n"
    )
    effect = "With the next deploy" if table is None else IN_A_TABLE
    assert expected in when(table, "local", effect)


def test_a_table_is_changed_in_one_transaction(certificates, table, dynamodb, monkeypatch):
    monkeypatch.setattr(place, "dynamodb", lambda: dynamodb)
    issued = issue(SHOP.id)
    run("lock-out", SHOP.id, "--table", table.name)
    after = table.read()
    assert store.find(after, SHOP.id).status is ClientStatus.REVOKED
    assert facts.thumbprint(issued) in after.revoked_thumbprints
