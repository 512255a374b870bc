"""The certificates that API Gateway presents to the backend, as it lists them."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from portcullis.doctor.backend_certificates import PRESENTED, check_backend_certificates
from portcullis.doctor.diagnosis import Health
from tests.portcullis.doctor.conftest import PROJECT

NOW = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def check(aws, stack_with):
    """Check what API Gateway lists; moto has no client certificates."""

    def run(*certificates):
        items = [
            {
                "clientCertificateId": f"id{number}",
                "description": f"{owner} {PRESENTED}: {name}",
                "createdDate": NOW + timedelta(days=days - 365),
                "expirationDate": NOW + timedelta(days=days),
            }
            for number, (owner, name, days) in enumerate(certificates)
        ]
        with Stubber(aws.client("apigateway")) as stub:
            stub.add_response("get_client_certificates", {"items": items})
            return list(check_backend_certificates(aws, stack_with(), now=NOW))

    return run


@pytest.mark.parametrize(
    ("days", "expected"), [(31, Health.OK), (29, Health.WARN), (-1, Health.FAIL)]
)
def test_the_end_is_announced_30_days_before(check, days, expected):
    (line,) = check(("portcullis-dev", "first", days))
    assert line.health is expected
    assert expected is Health.OK or "backendCertificates" in line.fix


def test_each_certificate_that_ends_has_a_line(check):
    lines = check(("portcullis-dev", "first", 3), ("portcullis-dev", "second", 300))
    assert [line.found.split(":")[0] for line in lines] == ["first"]


def test_certificates_of_other_stacks_are_left_out(check):
    (line,) = check(("portcullis-prod", "first", 3))
    assert line.health is Health.OK
    assert "none yet" in line.found


def test_the_deploy_writes_the_description_that_is_looked_for():
    assert PRESENTED in (PROJECT / "components/backend_certificates.py").read_text()
