"""Credentials, account, region and clock, as AWS STS answers."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.diagnosis import Health
from portcullis.doctor.identity import GET_CREDENTIALS, check_identity
from portcullis.settings.groups.location import LocationSettings
from tests.portcullis.doctor.conftest import MOTO_ACCOUNT, REGION


def health(lines):
    return {line.check: line.health for line in lines}


def test_credentials_of_the_stacks_account_are_accepted(aws, stack_with):
    lines, reason = check_identity(aws, stack_with())
    assert reason is None
    assert health(lines) == dict.fromkeys(("credentials", "account", "region", "clock"), Health.OK)


def test_another_account_is_a_failure_that_names_both(aws, stack_with):
    location = LocationSettings(stack="dev", region=REGION, account_id="111122223333")
    lines, _ = check_identity(aws, replace(stack_with(), location=location))
    (line,) = [line for line in lines if line.check == "account"]
    assert line.health is Health.FAIL
    assert MOTO_ACCOUNT in line.found
    assert "111122223333" in line.found


def test_a_region_of_another_partition_is_a_failure(aws, stack_with):
    lines, _ = check_identity(AwsAccess("cn-north-1"), stack_with())
    # moto answers in the partition that it is asked in, as AWS does
    assert health(lines)["region"] is Health.OK
    access = AwsAccess("cn-north-1")
    access.client = lambda _: Sts({"Arn": "arn:aws:sts::1:user/me", "Account": MOTO_ACCOUNT})
    lines, _ = check_identity(access, stack_with())
    assert health(lines)["region"] is Health.FAIL


def test_without_credentials_everything_is_skipped(no_credentials, stack_with):
    lines, reason = check_identity(AwsAccess(REGION), stack_with())
    assert reason == "no credentials"
    assert [(line.health, line.found, line.fix) for line in lines] == [
        (Health.SKIPPED, "no credentials", GET_CREDENTIALS)
    ]


def test_a_profile_that_does_not_exist_is_a_failure(no_credentials, stack_with, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    lines, reason = check_identity(AwsAccess(REGION), stack_with())
    assert health(lines) == {"credentials": Health.FAIL}
    assert reason is not None


def test_a_server_that_never_answers_ends_in_time(aws, stack_with, monkeypatch):
    monkeypatch.setattr("portcullis.doctor.aws_access.READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        lines, reason = check_identity(AwsAccess(REGION), stack_with())
    assert health(lines) == {"credentials": Health.FAIL}
    assert reason == "AWS not reached"


class Sts:
    """STS with a Date header of its own: moto's clock is always this machine's."""

    def __init__(self, answer, date=None):
        headers = {} if date is None else {"date": date}
        self._answer = {"ResponseMetadata": {"HTTPHeaders": headers}} | answer

    def get_caller_identity(self):
        return self._answer


@pytest.mark.parametrize(
    ("skew", "expected"),
    [
        (timedelta(0), Health.OK),
        (timedelta(seconds=60), Health.WARN),
        (timedelta(minutes=-6), Health.FAIL),
        (timedelta(minutes=6), Health.FAIL),
    ],
    ids=str,
)
def test_the_clock_is_compared_with_that_of_aws(aws, stack_with, skew, expected):
    answer = {"Arn": f"arn:aws:sts::{MOTO_ACCOUNT}:user/me", "Account": MOTO_ACCOUNT}
    date = format_datetime(datetime.now(UTC) - skew, usegmt=True)
    aws.client = lambda _: Sts(answer, date)
    assert health(check_identity(aws, stack_with())[0])["clock"] is expected


@pytest.mark.parametrize("date", [None, "yesterday", "Sat, 28 Nov 2026 09:03:18"])
def test_a_date_that_cannot_be_compared_is_left_out(aws, stack_with, date):
    answer = {"Arn": f"arn:aws:sts::{MOTO_ACCOUNT}:user/me", "Account": MOTO_ACCOUNT}
    aws.client = lambda _: Sts(answer, date)
    assert "clock" not in health(check_identity(aws, stack_with())[0])
