"""Checks the server certificate in AWS Certificate Manager: status, names, expiry, renewal.

Source: ACM API Reference, CertificateDetail.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.diagnosis import Diagnosis, fail, ok, warn
from portcullis.doctor.stack_under_check import StackUnderCheck
from portcullis.pki.clock import moment
from portcullis.pki.validity import RENEW_WITHIN

CHECK = "server certificate"


def check_server_certificate(
    aws: AwsAccess, stack: StackUnderCheck, *, now: datetime | None = None
) -> Iterator[Diagnosis]:
    if stack.domain is None:
        return
    arn = stack.domain.certificate_arn or _issued_for(aws, stack.domain.domain)
    if arn is None:
        yield ok(CHECK, f"none for {stack.domain.domain} yet; the first deploy requests it")
        return
    try:
        certificate = aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        yield fail(
            CHECK,
            f"{arn} does not exist in {aws.region}",
            "List those that exist: aws acm list-certificates, then run: pulumi config set "
            "portcullis:certificateArn ARN",
        )
        return
    yield from _judge(certificate, stack.domain.domain, moment(now))


def _issued_for(aws: AwsAccess, domain: str) -> str | None:
    paginator = aws.client("acm").get_paginator("list_certificates")
    arns = [
        str(summary["CertificateArn"])
        for page in paginator.paginate()
        for summary in page["CertificateSummaryList"]
        if summary["DomainName"] == domain
    ]
    return arns[0] if arns else None


def _judge(certificate: Any, domain: str, now: datetime) -> Iterator[Diagnosis]:
    status, end = certificate["Status"], certificate.get("NotAfter")
    names = certificate.get("SubjectAlternativeNames") or [certificate["DomainName"]]
    if not any(_covers(name, domain) for name in names):
        yield fail(
            CHECK,
            f"it is for {', '.join(names)}, not for {domain}",
            "Name a certificate for the domain: pulumi config set portcullis:certificateArn ARN",
        )
    if status == "PENDING_VALIDATION":
        yield warn(
            CHECK,
            "it waits for DNS validation",
            "Check that the zone is delegated and the CNAME record of ACM exists",
        )
    elif status != "ISSUED":
        yield fail(CHECK, f"its status is {status}", "Request a new one, or renew it in ACM")
    elif end is None or end <= now:
        yield fail(CHECK, f"it ended {end}", "Import or request its successor")
    else:
        yield _renewal(certificate, end, now)


def _renewal(certificate: Any, end: datetime, now: datetime) -> Diagnosis:
    renewal = certificate.get("RenewalSummary", {}).get("RenewalStatus")
    text = f"{certificate['DomainName']}: issued, ends {end:%Y-%m-%d}"
    if renewal in {"PENDING_VALIDATION", "FAILED"}:
        fix = "Restore the validation record: aws acm describe-certificate shows its name"
        return fail(CHECK, f"{text}, renewal {renewal}", fix)
    if end - now < RENEW_WITHIN:  # ACM renews its own certificates 45 days before the end
        fix = (
            "Import its successor into ACM under the same ARN"
            if certificate.get("Type") == "IMPORTED"
            else "ACM should have renewed it: check RenewalSummary in aws acm describe-certificate"
        )
        return warn(CHECK, text, fix)
    return ok(CHECK, f"{text}, renewal {renewal}" if renewal else text)


def _covers(name: str, domain: str) -> bool:
    """A wildcard stands for exactly one label (RFC 6125 section 6.4.3)."""
    if name.startswith("*."):
        return domain.partition(".")[2] == name[2:]
    return name == domain
