"""The client registry as a table: onboarding and revoking then need no deploy.

Its items are written by `portcullis clients` and read by the authorizer; no item is a resource of
the program, or a deploy would undo a revocation. Their format: docs/authorizer.md.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

PARTITION_KEY = "pk"


@dataclass(frozen=True, kw_only=True)
class RegistryTableArgs:
    prefix: str
    protect: bool = True


class RegistryTable(pulumi.ComponentResource):
    """A table that is billed by the read, can be wound back, and is not deleted by mistake.

    Outputs: ``table_name``.
    Source: Amazon DynamoDB Developer Guide, "Point-in-time backups for DynamoDB", "Using deletion
    protection".
    """

    def __init__(
        self, name: str, args: RegistryTableArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:RegistryTable", name, None, opts)
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=table_name(args.prefix),
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            attributes=[{"name": PARTITION_KEY, "type": "S"}],
            # A wrong bulk edit is undone to the second; without it the clients would be gone.
            point_in_time_recovery={"enabled": True},
            # The account's own AWS managed key instead of one that AWS shares: each use of it
            # stands in CloudTrail, and no reader needs a permission for it.
            server_side_encryption={"enabled": True},
            deletion_protection_enabled=args.protect,
            tags={"content": "client registry"},
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self.table_name = table.name
        self.register_outputs({"tableName": self.table_name})


def table_name(prefix: str) -> str:
    """Known at preview, for the ARN in the authorizer's permissions."""
    return f"{prefix}-registry"
