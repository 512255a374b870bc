"""What expires, judged at one moment: state, days left, and what cannot be read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.pki import expiry
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.expiry import ExpiryKind, ExpiryState
from portcullis.pki.revocation import RevocationRecord, sign

START = datetime(2031, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def judged(kind, lifetime, before_end):
    end = START + lifetime
    return expiry.of_period(kind, "name", (START, end), end - before_end, fix="Run: it")


@pytest.mark.parametrize(
    ("kind", "lifetime", "notice"),
    [
        (ExpiryKind.CLIENT, timedelta(days=365), timedelta(days=30)),
        (ExpiryKind.CLIENT, timedelta(hours=24), timedelta(hours=8)),
        (ExpiryKind.SERVER, timedelta(days=198), timedelta(days=30)),
        (ExpiryKind.BACKEND, timedelta(days=365), timedelta(days=30)),
        (ExpiryKind.ISSUING_CA, timedelta(days=1825), timedelta(days=90)),
        (ExpiryKind.ROOT_CA, timedelta(days=3650), timedelta(days=90)),
        (ExpiryKind.INTERMEDIATE, timedelta(days=1825), timedelta(days=90)),
        (ExpiryKind.ANCHOR, timedelta(days=1825), timedelta(days=90)),
        (ExpiryKind.LIST, timedelta(days=7), timedelta(days=2)),
        (ExpiryKind.LIST, timedelta(hours=24), timedelta(hours=8)),
    ],
)
def test_soon_begins_a_notice_before_the_end(kind, lifetime, notice):
    assert judged(kind, lifetime, notice).state is ExpiryState.OK
    assert judged(kind, lifetime, notice - SECOND).state is ExpiryState.SOON
    assert judged(kind, lifetime, SECOND).state is ExpiryState.SOON
    assert judged(kind, lifetime, timedelta(0)).state is ExpiryState.EXPIRED


@pytest.mark.parametrize(
    ("left", "days"), [(timedelta(days=1), 1), (timedelta(hours=23), 0), (-SECOND, -1)]
)
def test_days_left_are_whole_and_negative_after_the_end(left, days):
    assert judged(ExpiryKind.CLIENT, timedelta(days=90), left).days_left == days


def test_each_list_of_a_file_is_judged(trusted, serving, now, tmp_path):
    file = tmp_path / "lists.pem"
    signed = [
        sign(one.issuing, RevocationRecord(), lifetime=timedelta(days=days), now=now)
        for one, days in ((trusted, 7), (serving, 1))
    ]
    file.write_bytes(b"".join(crl.public_bytes(Encoding.PEM) for crl in signed))
    at = now + timedelta(days=3)
    found = list(expiry.of_lists(file, at, fix="Run: it"))
    assert [one.state for one in found] == [ExpiryState.OK, ExpiryState.EXPIRED]
    file.write_bytes(signed[0].public_bytes(Encoding.DER))
    assert len(list(expiry.of_lists(file, at, fix="Run: it"))) == 1


@pytest.mark.parametrize("content", [b"", b"text", b"-----BEGIN X509 CRL-----\nAAAA"])
def test_a_file_without_a_list_is_an_error_with_the_command(tmp_path, now, content):
    file = tmp_path / "lists.pem"
    file.write_bytes(content)
    with pytest.raises(CertificateFileError, match="Run: it"):
        list(expiry.of_lists(file, now, fix="Run: it"))


@pytest.mark.parametrize(
    ("has_urls", "command"), [(True, "fetch-crl --stack dev"), (False, "import-crl CRL a.crl")]
)
def test_a_deployed_list_is_fetched_where_its_urls_are_known(has_urls, command):
    assert command in expiry.deployed_list_fix(Path("a.crl"), "dev", has_urls=has_urls)
