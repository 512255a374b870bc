"""Policy documents of the authorizer's execution role, all known at preview."""

from collections.abc import Sequence
from typing import Any

from components.arn import Place
from components.signing_key import SIGNING_ALGORITHM


def trust_policy() -> dict[str, Any]:
    """Only Lambda assumes the role."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def permissions(
    place: Place,
    *,
    key_aliases: Sequence[str],
    log_group_name: str,
    table_name: str | None,
    xray: bool,
) -> dict[str, Any]:
    """Sign, write the own log and, where the stack has them, read the table and send traces."""
    statements = [_sign(place, key_aliases), _write_log(place, log_group_name)]
    if table_name is not None:
        statements.append(_read_registry(place, table_name))
    if xray:
        statements.append(_send_traces())
    return {"Version": "2012-10-17", "Statement": statements}


def _sign(place: Place, key_aliases: Sequence[str]) -> dict[str, Any]:
    return {
        "Sid": "SignTokens",
        "Effect": "Allow",
        "Action": "kms:Sign",
        # The key's id exists only after its creation, and an Output here would hide the whole
        # document from the policies. The condition narrows it to the stack's own keys, and
        # the key's policy refuses every other signer, so that moving an alias gains nothing.
        "Resource": place.any_key(),
        "Condition": {
            "StringEquals": {"kms:SigningAlgorithm": SIGNING_ALGORITHM},
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": list(key_aliases)},
        },
    }


def _write_log(place: Place, log_group_name: str) -> dict[str, Any]:
    return {
        "Sid": "WriteOwnLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{place.log_group(log_group_name)}:log-stream:*",
    }


def _read_registry(place: Place, table_name: str) -> dict[str, Any]:
    return {
        "Sid": "ReadRegistry",
        "Effect": "Allow",
        # By key only: a compromised function can neither list the clients nor change them.
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
        "Resource": place.table(table_name),
    }


def _send_traces() -> dict[str, Any]:
    return {
        "Sid": "SendTraces",
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",  # these two actions have no resource type
    }
