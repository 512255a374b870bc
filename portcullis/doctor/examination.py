"""All checks of a stack, in the order of the report."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from portcullis.doctor.aws_access import AwsAccess, bounded
from portcullis.doctor.backend_certificates import CHECK as BACKEND_CERTIFICATE
from portcullis.doctor.backend_certificates import check_backend_certificates
from portcullis.doctor.diagnosis import Diagnosis, skipped
from portcullis.doctor.hosted_zone import CHECK as HOSTED_ZONE
from portcullis.doctor.hosted_zone import check_hosted_zone
from portcullis.doctor.identity import check_identity
from portcullis.doctor.issued_certificates import check_issued_certificates
from portcullis.doctor.laptop_ports import check_ports
from portcullis.doctor.quotas import check_api_keys, check_concurrency
from portcullis.doctor.server_certificate import CHECK as SERVER_CERTIFICATE
from portcullis.doctor.server_certificate import check_server_certificate
from portcullis.doctor.stack_files import check_stack_files
from portcullis.doctor.stack_under_check import StackUnderCheck, read_stack
from portcullis.doctor.toolchain import check_toolchain

AWS_CHECKS = {
    "lambda concurrency": check_concurrency,
    "api keys": check_api_keys,
    HOSTED_ZONE: check_hosted_zone,
}
DATED_CHECKS = {
    SERVER_CERTIFICATE: check_server_certificate,
    BACKEND_CERTIFICATE: check_backend_certificates,
}


def examine(
    project: Path, stack: str, pki: Path, now: datetime | None = None
) -> Iterator[Diagnosis]:
    """Every diagnosis as soon as it is known; what expires is judged at ``now``.

    Raises:
        ProjectError: the stack has no file.
    """
    checked, settings = read_stack(project, stack)
    yield from check_toolchain(project, deploys=checked.deploys)
    yield from settings
    yield from check_stack_files(checked, now=now)
    yield from check_issued_certificates(pki, now=now)
    yield from check_ports()
    yield from _aws(checked, now)


def _aws(stack: StackUnderCheck, now: datetime | None) -> Iterator[Diagnosis]:
    checks: dict[str, Callable[[AwsAccess, StackUnderCheck], Iterator[Diagnosis]]] = {
        **AWS_CHECKS,
        **{name: partial(check, now=now) for name, check in DATED_CHECKS.items()},
    }
    names = ("credentials", *checks)
    if not stack.deploys:
        yield from (skipped(name, f"stack {stack.stack} needs no AWS account") for name in names)
        return
    if stack.location is None:
        yield from (skipped(name, "aws:region or accountId is not usable") for name in names)
        return
    aws = AwsAccess(stack.location.region)
    lines, reason = check_identity(aws, stack)
    yield from lines
    for name, check in checks.items():
        if reason is None:
            yield from bounded(name, partial(check, aws, stack))
        else:
            yield skipped(name, reason)
