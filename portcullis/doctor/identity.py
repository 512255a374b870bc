"""Checks credentials, account, region, partition and clock against AWS STS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from portcullis.doctor.aws_access import CONNECT, AwsAccess
from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.doctor.stack_under_check import StackUnderCheck

GET_CREDENTIALS = "Run: aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
MAX_SKEW = timedelta(minutes=5)  # AWS refuses signatures older than that
TOLERATED_SKEW = timedelta(seconds=30)  # tokens and CRLs are compared by this clock too


def check_identity(aws: AwsAccess, stack: StackUnderCheck) -> tuple[list[Diagnosis], str | None]:
    """The lines, and why further AWS checks must be skipped, or None."""
    try:
        if not aws.has_credentials():
            return [skipped("credentials", "no credentials", GET_CREDENTIALS)], "no credentials"
        answer = aws.client("sts").get_caller_identity()
        partition = aws.partition
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        lines = [fail("credentials", f"AWS refuses the credentials: {code}", GET_CREDENTIALS)]
        return lines + list(_clock(error.response)), "no valid credentials"
    except HTTPClientError as error:
        return [fail("credentials", f"AWS cannot be reached: {error}", CONNECT)], "AWS not reached"
    except (BotoCoreError, ValueError) as error:
        return [fail("credentials", str(error), GET_CREDENTIALS)], "no valid credentials"
    lines = [ok("credentials", str(answer["Arn"])), *_account(answer, stack)]
    lines += [*_partition(aws.region, partition, answer), *_clock(answer)]
    return lines, None


def _account(answer: Any, stack: StackUnderCheck) -> Iterator[Diagnosis]:
    if stack.location is None:
        return
    wanted, account = stack.location.account_id, answer["Account"]
    if wanted == account:
        yield ok("account", account)
    else:
        yield fail(
            "account",
            f"the credentials are of {account}, but portcullis:accountId is {wanted}",
            "Use credentials of that account, or run: pulumi config set portcullis:accountId "
            f"{account}",
        )


def _partition(region: str, wanted: str, answer: Any) -> Iterator[Diagnosis]:
    partition = str(answer["Arn"]).split(":")[1]
    if wanted == partition:
        yield ok("region", f"{region} (partition {partition})")
    else:
        yield fail(
            "region",
            f"{region} is in partition {wanted}, but the credentials are of {partition}",
            "Use credentials of that partition, or run: pulumi config set aws:region REGION",
        )


def _clock(answer: Any) -> Iterator[Diagnosis]:
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not date:
        return
    try:
        skew = datetime.now(UTC) - parsedate_to_datetime(date)
    except (ValueError, TypeError):  # no date, or one without a time zone
        return
    seconds = round(skew.total_seconds())
    text = f"{abs(seconds)} seconds {'ahead of' if seconds > 0 else 'behind'} AWS"
    fix = "Synchronise it, for example: sudo timedatectl set-ntp true"
    if abs(skew) >= MAX_SKEW:
        yield fail("clock", text, fix)
    elif abs(skew) >= TOLERATED_SKEW:
        yield warn("clock", text, fix)
    else:
        yield ok("clock", text)
