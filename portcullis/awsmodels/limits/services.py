"""Limits of Lambda, IAM, KMS, CloudWatch, SNS, DynamoDB and ACM."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from portcullis.awsmodels.finding import FaultKind
from portcullis.awsmodels.limits.limit import Limit, at_most_bytes, known
from portcullis.graph.resource import UNKNOWN, archive_path

FUNCTION: Final = "aws:lambda/function:Function"
TABLE: Final = "aws:dynamodb/table:Table"
LAMBDA_QUOTAS: Final = "Lambda Developer Guide, Lambda quotas"
SNAP_START: Final = "Lambda Developer Guide, Improving startup performance with Lambda SnapStart"
MAX_ENVIRONMENT_BYTES: Final = 4096
MAX_ZIP_BYTES: Final = 50 * 1024 * 1024
MAX_FUNCTION_SECONDS: Final = 900
RETENTION_DAYS: Final = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}
    | {1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


def _environment(value: Any, _: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping):
        return None
    length = sum(
        len(name.encode()) + (0 if text == UNKNOWN else len(str(text).encode()))
        for name, text in value.items()
    )
    return f"it has {length:,} bytes" if length > MAX_ENVIRONMENT_BYTES else None


def _reserved_names(value: Any, _: Mapping[str, Any]) -> str | None:
    reserved = [n for n in value if n.startswith("AWS_LAMBDA_") or n in _RESERVED]
    return f"{', '.join(sorted(reserved))} is reserved" if reserved else None


_RESERVED: Final = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"}
    | {"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    | {"LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "TZ"}
)


def _code(value: Any, _: Mapping[str, Any]) -> str | None:
    path = archive_path(value)
    if path is None or not Path(path).is_file():
        return None
    length = Path(path).stat().st_size
    return f"the zip has {length:,} bytes" if length > MAX_ZIP_BYTES else None


def _snap_start(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Mapping) or value.get("applyOn") != "PublishedVersions":
        return None
    runtime = str(inputs.get("runtime", ""))
    if runtime.startswith("python") and runtime < "python3.12":
        return f"{runtime} has no SnapStart"
    storage = inputs.get("ephemeralStorage")
    if isinstance(storage, Mapping) and (storage.get("size") or 0) > 512:  # noqa: PLR2004 - the row names it
        return "SnapStart does not go with more than 512 MB of ephemeral storage"
    return None


def _json(value: Any, _: Mapping[str, Any]) -> str | None:
    try:
        json.loads(value)
    except (TypeError, ValueError):
        return "it is not JSON"
    return None


def _key_attributes(value: Any, inputs: Mapping[str, Any]) -> str | None:
    if not known(value):
        return None
    declared = {str(a.get("name")) for a in value if isinstance(a, Mapping)}
    keys = {str(inputs[n]) for n in ("hashKey", "rangeKey") if inputs.get(n) is not None}
    for index in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        for entry in inputs.get(index) or ():
            keys |= {str(entry[n]) for n in ("hashKey", "rangeKey") if entry.get(n) is not None}
    if declared == keys:
        return None
    return f"attributes are {sorted(declared)}, keys {sorted(keys)}"


def _document(
    types: str, property_: str, operation: str, *, limit: int, source: str
) -> Sequence[Limit]:
    """A policy document: JSON, and not longer than AWS stores."""
    return (
        Limit(
            types=(types,),
            property=property_,
            operation=operation,
            kind=FaultKind.TYPE,
            accepted="a JSON document",
            source=source,
            breaks=_json,
        ),
        Limit(
            types=(types,),
            property=property_,
            operation=operation,
            kind=FaultKind.LENGTH,
            accepted=f"at most {limit:,} bytes",
            source=source,
            breaks=at_most_bytes(limit),
        ),
    )


_IAM: Final = "IAM User Guide, IAM and AWS STS quotas"

ROWS: Final[Sequence[Limit]] = (
    *_document(
        "aws:iam/rolePolicy:RolePolicy",
        "policy",
        "iam:PutRolePolicy",
        limit=10_240,
        source=f"{_IAM}: inline policies of a role",
    ),
    *_document(
        "aws:iam/role:Role",
        "assumeRolePolicy",
        "iam:CreateRole",
        limit=2048,
        source=f"{_IAM}: role trust policy",
    ),
    *_document(
        "aws:iam/policy:Policy",
        "policy",
        "iam:CreatePolicy",
        limit=6144,
        source=f"{_IAM}: managed policy",
    ),
    *_document(
        "aws:kms/key:Key",
        "policy",
        "kms:CreateKey",
        limit=32_768,
        source="KMS Developer Guide, Quotas: key policy document size",
    ),
    *_document(
        "aws:s3/bucketPolicy:BucketPolicy",
        "policy",
        "s3:PutBucketPolicy",
        limit=20_480,
        source="S3 User Guide, Bucket policies: 20 KB",
    ),
    *_document(
        "aws:sns/topicPolicy:TopicPolicy",
        "policy",
        "sns:SetTopicAttributes",
        limit=30_720,
        source="SNS Developer Guide, quotas: policy size",
    ),
    *_document(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "policyDocument",
        "logs:PutResourcePolicy",
        limit=5120,
        source="CloudWatch Logs API Reference, PutResourcePolicy: policyDocument",
    ),
    Limit(
        types=("aws:cloudwatch/dashboard:Dashboard",),
        property="dashboardBody",
        operation="cloudwatch:PutDashboard",
        kind=FaultKind.TYPE,
        accepted="a JSON document",
        source="CloudWatch API Reference, PutDashboard: DashboardBody",
        breaks=_json,
    ),
    Limit(
        types=("aws:cloudwatch/logGroup:LogGroup",),
        property="retentionInDays",
        operation="logs:PutRetentionPolicy",
        kind=FaultKind.ENUM,
        accepted=", ".join(map(str, sorted(RETENTION_DAYS))),
        source="CloudWatch Logs API Reference, PutRetentionPolicy",
        breaks=lambda value, _: None if value in RETENTION_DAYS else f"{value} days",
    ),
    Limit(
        types=("aws:kms/key:Key",),
        property="deletionWindowInDays",
        operation="kms:ScheduleKeyDeletion",
        kind=FaultKind.RANGE,
        accepted="7 to 30 days",
        source="KMS API Reference, ScheduleKeyDeletion: PendingWindowInDays",
        breaks=lambda value, _: None if 7 <= value <= 30 else f"{value} days",  # noqa: PLR2004 - the row names them
    ),
    Limit(
        types=(FUNCTION,),
        property="timeout",
        operation="lambda:CreateFunction",
        kind=FaultKind.RANGE,
        accepted="1 to 900 seconds",
        source=LAMBDA_QUOTAS,
        breaks=lambda value, _: None if value <= MAX_FUNCTION_SECONDS else f"{value} seconds",
    ),
    Limit(
        types=(FUNCTION,),
        property="environment.variables",
        operation="lambda:CreateFunction",
        kind=FaultKind.LENGTH,
        accepted="at most 4 KB of names and values",
        source=LAMBDA_QUOTAS,
        breaks=_environment,
    ),
    Limit(
        types=(FUNCTION,),
        property="environment.variables",
        operation="lambda:CreateFunction",
        kind=FaultKind.UNAVAILABLE,
        accepted="names that Lambda does not reserve",
        source="Lambda Developer Guide, Working with Lambda environment variables",
        breaks=_reserved_names,
    ),
    Limit(
        types=(FUNCTION,),
        property="code",
        operation="lambda:CreateFunction",
        kind=FaultKind.LENGTH,
        accepted="at most 50 MB zipped",
        source=LAMBDA_QUOTAS,
        breaks=_code,
    ),
    Limit(
        types=(FUNCTION,),
        property="snapStart",
        operation="lambda:CreateFunction",
        kind=FaultKind.UNAVAILABLE,
        accepted="Python 3.12 and later, ephemeral storage of 512 MB",
        source=SNAP_START,
        breaks=_snap_start,
    ),
    Limit(
        types=(TABLE,),
        property="attributes",
        operation="dynamodb:CreateTable",
        kind=FaultKind.REQUIRED,
        accepted="exactly the attributes that keys and indexes use",
        source="DynamoDB API Reference, CreateTable: AttributeDefinitions",
        breaks=_key_attributes,
    ),
)
