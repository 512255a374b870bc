"""All checks of a stack, in the order of the report."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from portcullis.doctor.aws_access import AwsAccess, bounded
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
    SERVER_CERTIFICATE: check_server_certificate,
}


def examine(project: Path, stack: str, pki: Path) -> Iterator[Diagnosis]:
    """Every diagnosis as soon as it is known.

    Raises:
        ProjectError: the stack has no file.
    """
    checked, settings = read_stack(project, stack)
    yield from check_toolchain(project, deploys=checked.deploys)
    yield from settings
    yield from check_stack_files(checked)
    yield from check_issued_certificates(pki)
    yield from check_ports()
    yield from _aws(checked)


def _aws(stack: StackUnderCheck) -> Iterator[Diagnosis]:
    names = ("credentials", *AWS_CHECKS)
    if not stack.deploys:
        yield from (skipped(name, f"stack {stack.stack} needs no AWS account") for name in names)
        return
    if stack.location is None:
        yield from (skipped(name, "aws:region or accountId is not usable") for name in names)
        return
    aws = AwsAccess(stack.location.region)
    lines, reason = check_identity(aws, stack)
    yield from lines
    for name, check in AWS_CHECKS.items():
        if reason is None:
            yield from bounded(name, partial(check, aws, stack))
        else:
            yield skipped(name, reason)
