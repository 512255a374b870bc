"""IAM roles and KMS keys."""

from collections.abc import Mapping
from typing import Final

from portcullis.awsmodels.request import Sent, TypeRequests, same

TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": TypeRequests(
        sent=(
            Sent(
                operation="iam:CreateOpenIDConnectProvider",
                members={
                    "clientIdLists": "ClientIDList",
                    "thumbprintLists": "ThumbprintList",
                    **same("url", "tags"),
                },
            ),
        )
    ),
    "aws:iam/policy:Policy": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="iam:CreatePolicy",
                members={
                    "name": "PolicyName",
                    "policy": "PolicyDocument",
                    **same("path", "description", "tags"),
                },
            ),
        ),
    ),
    "aws:iam/role:Role": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="iam:CreateRole",
                members={
                    "name": "RoleName",
                    "assumeRolePolicy": "AssumeRolePolicyDocument",
                    **same(
                        "path", "description", "maxSessionDuration", "permissionsBoundary", "tags"
                    ),
                },
            ),
        ),
        not_sent={"forceDetachPolicies": "the provider's own"},
    ),
    "aws:iam/rolePolicy:RolePolicy": TypeRequests(
        auto_named="name",
        sent=(
            Sent(
                operation="iam:PutRolePolicy",
                members={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
            ),
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": TypeRequests(
        sent=(
            Sent(
                operation="iam:AttachRolePolicy",
                members={"role": "RoleName", **same("policyArn")},
            ),
        )
    ),
    "aws:kms/alias:Alias": TypeRequests(
        sent=(
            Sent(
                operation="kms:CreateAlias",
                members={"name": "AliasName", **same("targetKeyId")},
            ),
        )
    ),
    "aws:kms/key:Key": TypeRequests(
        sent=(
            Sent(
                operation="kms:CreateKey",
                members={
                    "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
                    **same(
                        "policy",
                        "description",
                        "keyUsage",
                        "customerMasterKeySpec",
                        "multiRegion",
                        "tags",
                    ),
                },
            ),
            Sent(
                operation="kms:ScheduleKeyDeletion",
                members={"deletionWindowInDays": "PendingWindowInDays"},
                only_if=("deletionWindowInDays",),
                provided=frozenset({"KeyId"}),
            ),
        ),
        not_sent={
            "enableKeyRotation": "EnableKeyRotation takes no value",
            "isEnabled": "EnableKey takes no value",
        },
    ),
}
