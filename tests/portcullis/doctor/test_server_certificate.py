"""The server certificate as AWS Certificate Manager describes it."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from portcullis.doctor.diagnosis import Health
from portcullis.doctor.server_certificate import check_server_certificate
from portcullis.pki import names
from portcullis.pki.hierarchy import Hierarchy
from portcullis.pki.layout import Purpose
from tests.portcullis.doctor.conftest import DOMAIN, REGION

ISSUER = Hierarchy.create(Purpose.SERVER).issuing


@pytest.fixture
def imported(aws, stack_with):
    """A stack whose certificate was imported."""

    def make(host=DOMAIN, days=90):
        served = ISSUER.issue_server([names.host(host)], lifetime=timedelta(days=days))
        arn = boto3.client("acm", region_name=REGION).import_certificate(
            Certificate=served.certificate_pem, PrivateKey=served.key_pem
        )["CertificateArn"]
        return stack_with(certificate_arn=arn, hosted_zone_id="")

    return make


def check(aws, stack, **options):
    return [line.health for line in check_server_certificate(aws, stack, **options)]


def test_a_certificate_of_the_domain_is_fine(aws, imported):
    (line,) = check_server_certificate(aws, imported())
    assert line.health is Health.OK
    assert DOMAIN in line.found


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("*.example.com", [Health.OK]),
        ("*.api.example.com", [Health.FAIL, Health.OK]),
        ("other.example.com", [Health.FAIL, Health.OK]),
    ],
)
def test_the_certificate_must_cover_the_domain(aws, imported, host, expected):
    assert check(aws, imported(host)) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(31, Health.OK), (29, Health.WARN), (91, Health.FAIL)]
)
def test_the_end_is_announced_30_days_before(aws, imported, days, expected):
    now = datetime.now(UTC) + timedelta(days=90 - days if days < 90 else days)
    assert check(aws, imported(), now=now) == [expected]


def test_a_certificate_that_does_not_exist_is_a_failure(aws, stack_with):
    arn = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
    assert check(aws, stack_with(certificate_arn=arn, hosted_zone_id="")) == [Health.FAIL]


def test_before_the_first_deploy_there_is_none(aws, stack_with):
    (line,) = check_server_certificate(aws, stack_with())
    assert line.health is Health.OK
    assert "first deploy" in line.found


def test_a_certificate_that_waits_for_its_dns_record_is_a_warning(aws, stack_with):
    client = boto3.client("acm", region_name=REGION)
    client.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")
    (line,) = check_server_certificate(aws, stack_with())
    assert line.health is Health.WARN
    assert "validation" in line.found


class Acm:
    """ACM with a renewal that moto never shows."""

    def __init__(self, **certificate):
        self._certificate = certificate

    def describe_certificate(self, **_arguments):
        return {"Certificate": self._certificate}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"RenewalSummary": {"RenewalStatus": "SUCCESS"}}, Health.OK),
        ({"RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION"}}, Health.FAIL),
        ({"RenewalSummary": {"RenewalStatus": "FAILED"}}, Health.FAIL),
        ({"Status": "VALIDATION_TIMED_OUT"}, Health.FAIL),
        ({"Status": "REVOKED"}, Health.FAIL),
    ],
    ids=str,
)
def test_status_and_renewal_decide(aws, imported, changes, expected):
    stack = imported()
    end = datetime.now(UTC) + timedelta(days=100)
    described = {"DomainName": DOMAIN, "Status": "ISSUED", "NotAfter": end} | changes
    aws.client = lambda _: Acm(**described)
    assert check(aws, stack) == [expected]
