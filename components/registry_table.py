"""The client registry as a DynamoDB table: adding and revoking clients then needs no deploy.

`portcullis clients` writes the items and the authorizer reads them. No item is a resource of the
program, because a deploy would then undo a revocation. Their format: docs/authorizer.md.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from components.arguments import NamedArgs

PARTITION_KEY = "pk"


@dataclass(frozen=True, kw_only=True)
class RegistryTableArgs(NamedArgs):
    kms_key_arn: str | None = None
    """Your own symmetric KMS key; the account's AWS managed key if left out."""

    has_expiring_items: bool = False
    """Delete items at the time in their attribute `expires`, as a CertificateRenewal writes it."""

    protect: bool = True
    """The table cannot be destroyed."""


class RegistryTable(pulumi.ComponentResource):
    """A table billed per request, with point-in-time recovery and deletion protection.

    Source: Amazon DynamoDB Developer Guide, "Point-in-time backups for DynamoDB", "Using deletion
    protection".
    """

    table_name: Output[str]
    """The table's name."""

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
            # A wrong bulk edit can be undone: the table is restored to any second before it.
            point_in_time_recovery={"enabled": True},
            # Without a key of your own the account's AWS managed key, not the AWS owned one:
            # CloudTrail logs each use of it, and readers need no permission for it.
            server_side_encryption=(
                {"enabled": True, "kms_key_arn": args.kms_key_arn}
                if args.kms_key_arn
                else {"enabled": True}
            ),
            ttl={"attribute_name": "expires", "enabled": True} if args.has_expiring_items else None,
            deletion_protection_enabled=args.protect,
            tags={"content": "client registry"},
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self.table_name = table.name
        self.register_outputs({"tableName": self.table_name})


def table_name(prefix: str) -> str:
    """The table's name, known at preview for the ARN in the authorizer's permissions."""
    return f"{prefix}-registry"
