"""Permissions of the authorizer's execution role, all known at preview."""

from components.arn import Place
from components.policy_documents import Statement, allow


def permissions(
    place: Place,
    *,
    log_group_name: str,
    table_name: str | None,
    kms_key_arn: str | None,
    xray: bool,
) -> list[Statement]:
    """Write the own log and, where the stack has them, read the table, decrypt and send traces.

    The right to sign is in the policies of the keys.
    """
    statements = [
        allow(
            "WriteOwnLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"{place.log_group(log_group_name)}:log-stream:*",
        )
    ]
    if table_name is not None:
        # By key only: a compromised function can neither list the clients nor change them.
        reads = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
        statements.append(allow("ReadRegistry", reads, place.table(table_name)))
    if kms_key_arn is not None:
        # For the function's environment and the registry's table.
        statements.append(allow("DecryptWithStackKey", "kms:Decrypt", kms_key_arn))
    if xray:
        # These two actions have no resource type.
        sends = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        statements.append(allow("SendTraces", sends, "*"))
    return statements
