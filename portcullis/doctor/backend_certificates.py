"""Checks the client certificates that API Gateway presents to the backend. AWS sends no reminder.

Source: API Gateway API Reference, GetClientCertificates.
"""

from collections.abc import Iterator
from datetime import datetime

from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.diagnosis import Diagnosis, ok
from portcullis.doctor.expiring import ending
from portcullis.doctor.stack_under_check import StackUnderCheck
from portcullis.pki import expiry
from portcullis.pki.clock import moment
from portcullis.pki.expiry import ExpiryKind

CHECK = "backend certificate"
PRESENTED = "presents it to its backend"  # part of the description that the deploy writes
FIX = (
    "Create the next one: pulumi config set --path 'portcullis:backendCertificates[1]' NAME, "
    "deploy, let the backend trust both, then swap the names"
)


def check_backend_certificates(
    aws: AwsAccess, stack: StackUnderCheck, *, now: datetime | None = None
) -> Iterator[Diagnosis]:
    if stack.location is None:
        return
    start = f"{stack.location.name} {PRESENTED}: "
    paginator = aws.client("apigateway").get_paginator("get_client_certificates")
    found = [
        expiry.of_period(
            ExpiryKind.BACKEND,
            item["description"].removeprefix(start),
            (item["createdDate"], item["expirationDate"]),
            moment(now),
            fix=FIX,
        )
        for page in paginator.paginate()
        for item in page["items"]
        if item.get("description", "").startswith(start)
    ]
    due = list(ending(CHECK, found))
    yield from due
    if found and not due:
        first = min(one.not_after for one in found)
        yield ok(CHECK, f"{len(found)} presented to the backend, the first ends {first:%Y-%m-%d}")
    if not found:
        yield ok(CHECK, "none yet; a deploy with an https backend makes one")
