"""Forms of names that the models leave open: certificates' domains, buckets, topics, aliases."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.limits.limit import Breaks, Limit

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def full_match(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Breaks:
    compiled = re.compile(pattern, flags)

    def breaks(value: Any, _: Mapping[str, Any]) -> str | None:
        text = str(value)
        return None if compiled.fullmatch(text) else f"{text[:60]!r} is not of that form"

    return breaks


def _first_domain_name(value: Any, _: Mapping[str, Any]) -> str | None:
    if len(str(value).encode()) > 64:  # noqa: PLR2004 - the row's own text names it
        return f"it has {len(str(value).encode())} octets"
    return None if "." in str(value) else "it has a single label"


def _bucket(value: Any, _: Mapping[str, Any]) -> str | None:
    name = str(value)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name:
        return f"{name[:70]!r} is not of that form"
    if name.startswith(("xn--", "sthree-", "amzn-s3-demo-")):
        return "its prefix is reserved"
    if name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--table-s3")):
        return "its suffix is reserved"
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return None
    return "it is an IP address"


def _log_group(value: Any, _: Mapping[str, Any]) -> str | None:
    return "its prefix aws/ is reserved" if str(value).startswith("aws/") else None


def _alias(value: Any, _: Mapping[str, Any]) -> str | None:
    if not re.fullmatch(r"alias/[a-zA-Z0-9/_-]+", str(value)):
        return f"{str(value)[:60]!r} is not of that form"
    return "alias/aws/ is reserved" if str(value).startswith("alias/aws/") else None


ROWS: Final[Sequence[Limit]] = (
    Limit(
        types=("aws:acm/certificate:Certificate",),
        property="domainName",
        operation="acm:RequestCertificate",
        kind=FaultKind.LENGTH,
        accepted="at most 64 octets with at least one dot",
        source="ACM API Reference, RequestCertificate: DomainName",
        breaks=_first_domain_name,
    ),
    Limit(
        types=("aws:apigateway/domainName:DomainName",),
        property="domainName",
        operation="apigateway:CreateDomainName",
        kind=FaultKind.PATTERN,
        accepted="a host name in lower case, labels of 1 to 63 letters, digits and hyphens",
        source="API Gateway Developer Guide, Custom domain names",
        breaks=full_match(rf"(\*\.)?{_LABEL}(\.{_LABEL})*"),
    ),
    Limit(
        types=("aws:s3/bucket:Bucket",),
        property="bucket",
        operation="s3:CreateBucket",
        kind=FaultKind.PATTERN,
        accepted="3 to 63 lower-case letters, digits, dots and hyphens",
        source="S3 User Guide, General purpose bucket naming rules",
        breaks=_bucket,
    ),
    Limit(
        types=("aws:sns/topic:Topic",),
        property="name",
        operation="sns:CreateTopic",
        kind=FaultKind.PATTERN,
        accepted="1 to 256 letters, digits, hyphens and underscores, .fifo for a FIFO topic",
        source="SNS API Reference, CreateTopic: Name",
        breaks=full_match(r"(?=.{1,256}\Z)[A-Za-z0-9_-]+(\.fifo)?"),
    ),
    Limit(
        types=("aws:kms/alias:Alias",),
        property="name",
        operation="kms:CreateAlias",
        kind=FaultKind.PATTERN,
        accepted="alias/ and letters, digits, slashes, underscores and hyphens, not alias/aws/",
        source="KMS API Reference, CreateAlias: AliasName",
        breaks=_alias,
    ),
    Limit(
        types=("aws:lambda/function:Function",),
        property="name",
        operation="lambda:CreateFunction",
        kind=FaultKind.PATTERN,
        accepted="1 to 64 letters, digits, hyphens and underscores",
        source="Lambda API Reference, CreateFunction: FunctionName",
        breaks=full_match(r"[A-Za-z0-9_-]{1,64}"),
    ),
    Limit(
        types=("aws:cloudwatch/logGroup:LogGroup",),
        property="name",
        operation="logs:CreateLogGroup",
        kind=FaultKind.PATTERN,
        accepted="a name that does not begin with aws/",
        source="CloudWatch Logs API Reference, CreateLogGroup",
        breaks=_log_group,
    ),
    Limit(
        types=("aws:route53/record:Record",),
        property="name",
        operation="route53:ChangeResourceRecordSets",
        kind=FaultKind.LENGTH,
        accepted="at most 255 bytes in labels of at most 63",
        source="Route 53 Developer Guide, DNS domain name format",
        breaks=full_match(r"(?=.{1,255}\Z)[^.]{1,63}(\.[^.]{1,63})*\.?"),
    ),
)
