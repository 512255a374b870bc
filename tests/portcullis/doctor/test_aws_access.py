"""What AWS refuses, and a network that fails, become lines of the report."""

import pytest
from botocore.exceptions import ClientError

from portcullis.doctor.aws_access import AwsAccess, bounded
from portcullis.doctor.diagnosis import Health, ok
from tests.portcullis.doctor.conftest import REGION


def refused(code):
    def check():
        yield ok("zone", "first")
        raise ClientError({"Error": {"Code": code}}, "GetHostedZone")

    return check


@pytest.mark.parametrize(
    ("code", "expected"),
    [("AccessDenied", Health.WARN), ("AccessDeniedException", Health.WARN), ("X", Health.FAIL)],
)
def test_a_refused_call_is_a_line_that_names_the_operation(code, expected):
    first, last = bounded("zone", refused(code))
    assert first.found == "first"
    assert last.health is expected
    assert "GetHostedZone" in last.found


def test_an_endpoint_without_a_listener_is_a_warning(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    access = AwsAccess(REGION)

    def check():
        access.client("sts").get_caller_identity()
        yield ok("sts", "reached")

    (line,) = bounded("sts", check)
    assert line.health is Health.WARN


def test_an_endpoint_that_is_no_url_is_a_warning(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "somewhere")
    access = AwsAccess(REGION)

    def check():
        access.client("sts")
        yield ok("sts", "reached")

    (line,) = bounded("sts", check)
    assert line.health is Health.WARN
