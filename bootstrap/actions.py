"""The IAM actions that allow an AWS operation, and those that AWS checks besides.

Sources: Service Authorization Reference, "Actions, resources, and condition keys" of each service;
for S3 the Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import botocore.session

from bootstrap.operations import OPERATIONS

# Operations whose actions have another name.
_RENAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}
# What AWS checks when these resources are made, although the provider calls no such operation.
BESIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:apigateway/account:Account": ("iam:PassRole",),
    "aws:apigateway/domainName:DomainName": (
        # The truststore of a domain is a right of its own, and API Gateway reads it as the caller.
        "apigateway:AddCertificateToDomain",
        "apigateway:RemoveCertificateFromDomain",
        "s3:GetObject",
        "s3:GetObjectVersion",
        # The first custom domain of an account makes AWSServiceRoleForAPIGateway.
        "iam:CreateServiceLinkedRole",
    ),
    "aws:lambda/function:Function": ("iam:PassRole",),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ("apigateway:SetWebACL",),
    # CloudWatch Logs User Guide, "Logs sent to CloudWatch Logs", user permissions.
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
}


def actions_of(resource_type: str) -> frozenset[str]:
    """The IAM actions that a deployer needs for every resource of this type."""
    actions = set(BESIDES.get(resource_type, ()))
    for operation in OPERATIONS[resource_type]:
        actions.update(actions_of_operation(operation))
    return frozenset(actions)


def actions_of_operation(operation: str) -> tuple[str, ...]:
    service, name = operation.split(":")
    if service == "apigateway":  # its actions are HTTP methods; its resources are paths
        return (f"apigateway:{_service(service).operation_model(name).http['method']}",)
    return _RENAMED.get(operation, (operation,))


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)
