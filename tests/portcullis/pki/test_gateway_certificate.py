"""The gateway's client certificate is self-signed, lasts a year, and its key is private."""

from datetime import UTC, datetime, timedelta

import pytest

from portcullis.pki import gateway_certificate
from portcullis.pki.gateway_certificate import ensure

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_it_is_self_signed_and_has_no_extensions_as_those_of_aws():
    certificate = gateway_certificate.create(NOW).certificate
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=ApiGateway,L=Seattle,C=US"
    assert list(certificate.extensions) == []


def test_it_is_valid_for_a_year():
    certificate = gateway_certificate.create(NOW).certificate
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=365)


def test_the_key_is_readable_by_its_owner_only(tmp_path):
    files = ensure(tmp_path / "gateway", "first", NOW)
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert files.key.parent.stat().st_mode & 0o777 == 0o700


def test_a_good_certificate_is_kept(tmp_path):
    before = ensure(tmp_path, "first", NOW).certificate.read_bytes()
    assert ensure(tmp_path, "first", NOW + timedelta(days=300)).certificate.read_bytes() == before


def _foreign_key(files):
    files.key.write_bytes(gateway_certificate.create(NOW).key_pem)


@pytest.mark.parametrize(
    "damage",
    [
        lambda files: files.key.unlink(),
        lambda files: files.key.chmod(0o644),
        lambda files: files.certificate.write_text("not PEM"),
        lambda files: (files.certificate.parent / ".first.incomplete").touch(),
        _foreign_key,
    ],
    ids=["no key", "a readable key", "not a certificate", "half written", "another key"],
)
def test_a_broken_certificate_is_replaced(tmp_path, damage):
    files = ensure(tmp_path, "first", NOW)
    before = files.certificate.read_bytes()
    damage(files)
    assert ensure(tmp_path, "first", NOW).certificate.read_bytes() != before


def test_a_certificate_that_is_due_is_replaced(tmp_path):
    before = ensure(tmp_path, "first", NOW).certificate.read_bytes()
    assert ensure(tmp_path, "first", NOW + timedelta(days=340)).certificate.read_bytes() != before
