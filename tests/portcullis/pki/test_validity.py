"""When a certificate is valid, and when its renewal is due."""

from datetime import timedelta

import pytest

from portcullis.pki import validity
from portcullis.pki.validity import Validity


@pytest.mark.parametrize(
    ("lifetime", "age", "expected"),
    [
        (timedelta(days=365), timedelta(days=334), Validity.VALID),
        (timedelta(days=365), timedelta(days=336), Validity.RENEW),
        (timedelta(hours=12), timedelta(hours=7), Validity.VALID),
        (timedelta(hours=12), timedelta(hours=9), Validity.RENEW),
        (timedelta(hours=12), timedelta(hours=12), Validity.EXPIRED),
        (timedelta(hours=12), timedelta(hours=-1), Validity.NOT_YET),
    ],
    ids=["31 days left", "29 days left", "5 hours left", "3 hours left", "over", "not started"],
)
def test_renewal_is_due_in_the_last_month_or_the_last_third(trusted, now, lifetime, age, expected):
    leaf = trusted.issuing.issue_client("a", (), not_before=now, lifetime=lifetime).certificate
    assert validity.validity(leaf, now=now + age) is expected


def test_how_early_renewal_is_due_can_be_chosen(leaf, now):
    for days, expected in ((366, Validity.RENEW), (364, Validity.VALID), (0, Validity.VALID)):
        within = timedelta(days=days)
        assert validity.validity(leaf, now=now, renew_within=within) is expected
