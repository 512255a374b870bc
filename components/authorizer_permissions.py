"""Policy documents of the authorizer's execution role, all known at preview."""

from typing import Any

from components.arn import Place


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
    log_group_name: str,
    table_name: str | None,
    kms_key_arn: str | None,
    xray: bool,
) -> dict[str, Any]:
    """Write the own log and, where the stack has them, read the table, decrypt and send traces.

    The right to sign is in the policies of the keys.
    """
    statements = [_write_log(place, log_group_name)]
    if table_name is not None:
        statements.append(_read_registry(place, table_name))
    if kms_key_arn is not None:
        statements.append(_decrypt(kms_key_arn))
    if xray:
        statements.append(_send_traces())
    return {"Version": "2012-10-17", "Statement": statements}


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


def _decrypt(kms_key_arn: str) -> dict[str, Any]:
    """For the function's environment and the registry's table."""
    return {
        "Sid": "DecryptWithStackKey",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": kms_key_arn,
    }


def _send_traces() -> dict[str, Any]:
    return {
        "Sid": "SendTraces",
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",  # these two actions have no resource type
    }
