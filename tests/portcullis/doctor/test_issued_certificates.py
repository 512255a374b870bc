"""Certificates on record that are due, and the authority's own CRL."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.issued_certificates import (
    AUTHORITIES,
    CHECK,
    LAPTOP,
    OWN_LIST,
    check_issued_certificates,
)
from portcullis.pki import hierarchy, inventory, issuance, laptop, names, signed_lists
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.revocation import RevocationReason

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path):
    hierarchy.create_all(PkiLayout(tmp_path), [Purpose.CLIENT])
    return tmp_path


def issue(folder, days, *, now=NOW):
    layout = PkiLayout(folder)
    request = ClientRequest(
        client="pet-shop", names=(names.san_uri("x:a"),), lifetime=timedelta(days=days)
    )
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    with inventory.opened(layout) as known:
        credential = issuance.make(authority, request, now=now)
        known.put_on_record(credential.certificate)
        return credential


def revoke(folder, *, lifetime=timedelta(days=400)):
    with inventory.opened(PkiLayout(folder)) as known:
        usable = known.usable("pet-shop")
        signed_lists.revoke(known, usable, RevocationReason.SUPERSEDED, lifetime=lifetime)


def found(folder, days=0):
    lines = check_issued_certificates(folder, now=NOW + timedelta(days=days))
    return [(line.check, line.health) for line in lines]


def test_certificates_that_are_not_due_are_fine(folder):
    issue(folder, 365)
    assert found(folder) == [(CHECK, Health.OK)]


@pytest.mark.parametrize("days", [340, 370], ids=["due", "ended"])
def test_a_certificate_that_is_due_is_a_warning_with_the_command(folder, days):
    issue(folder, 365)
    (line,) = check_issued_certificates(folder, now=NOW + timedelta(days=days))
    assert line.health is Health.WARN
    assert "certs renew pet-shop" in line.fix


def test_a_client_with_a_successor_is_not_due(folder):
    issue(folder, 365)
    issue(folder, 365, now=NOW + timedelta(days=300))
    assert found(folder, days=350) == [(CHECK, Health.OK)]


def test_a_revoked_certificate_is_not_due(folder):
    issue(folder, 365)
    revoke(folder)
    assert found(folder, days=350) == [(CHECK, Health.OK), (OWN_LIST, Health.OK)]
    assert found(folder, days=400)[1] == (OWN_LIST, Health.WARN)


def test_a_folder_without_an_authority_is_skipped(tmp_path):
    assert found(tmp_path / "nowhere") == [(CHECK, Health.SKIPPED)]


def test_the_list_of_a_replaced_authority_is_checked_too(folder):
    issue(folder, 365)
    revoke(folder, lifetime=timedelta(days=3))
    hierarchy.create_all(PkiLayout(folder), [Purpose.CLIENT], replace=True)
    assert found(folder, days=3)[1:] == [(OWN_LIST, Health.WARN)]
    # Nothing that it issued is valid any more.
    assert OWN_LIST not in {check for check, _ in found(folder, days=6000)}


@pytest.mark.parametrize("name", ["revocations.json", "crl.pem", "issued/1.pem"])
def test_a_damaged_file_is_a_failure(folder, name):
    issue(folder, 365)
    (folder / "client-ca" / name).write_bytes(b"damaged")
    assert Health.FAIL in {health for _, health in found(folder)}


def test_an_authority_is_a_warning_before_its_end_and_then_a_failure(folder):
    issuing = hierarchy.load(PkiLayout(folder), Purpose.CLIENT).issuing.certificate
    left = (issuing.not_valid_after_utc - NOW).days
    assert found(folder, days=left - 100) == [(CHECK, Health.OK)]
    for days, expected in [(left - 80, Health.WARN), (left + 2, Health.FAIL)]:
        (line,) = check_authorities(folder, days)
        assert line.health is expected
        assert "issuing CA" in line.found
        assert "portcullis rotate ca" in line.fix


def check_authorities(folder, days):
    lines = check_issued_certificates(folder, now=NOW + timedelta(days=days))
    return [line for line in lines if line.check == AUTHORITIES]


def test_the_laptops_server_certificate_is_a_warning_with_the_command(tmp_path):
    files = laptop.ensure(tmp_path, hosts=["localhost"], clients={})
    leaf = x509.load_pem_x509_certificate(files.server_certificate.read_bytes())
    days = (leaf.not_valid_after_utc - NOW).days - 5
    assert found(tmp_path) == [(CHECK, Health.OK)]
    (line,) = [
        one
        for one in check_issued_certificates(tmp_path, now=NOW + timedelta(days=days))
        if one.check == LAPTOP
    ]
    assert (line.health, line.found.split(":")[0]) == (Health.WARN, "localhost")
    assert "portcullis up" in line.fix
