"""S3 buckets and DynamoDB tables."""

from collections.abc import Mapping
from typing import Any, Final

from portcullis.awsmodels.request import Sent, TypeRequests, moved, same
from portcullis.awsmodels.shapes import Moved

_BUCKET_KEY: Final = {"bucket": "Bucket"}


def _bucket_policy(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Bucket": moved(inputs, "bucket"), "Policy": moved(inputs, "policy")}


def _public_access(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    names = (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    )
    block = {name: moved(inputs, name) for name in names if inputs.get(name) is not None}
    return {"Bucket": moved(inputs, "bucket"), "PublicAccessBlockConfiguration": block}


def _ownership(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = {"Rules": [moved(inputs, "rule")]}
    return {"Bucket": moved(inputs, "bucket"), "OwnershipControls": rules}


def _encryption(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = inputs.get("rules")
    written = [_encryption_rule(rule) for rule in rules] if isinstance(rules, list) else rules
    return {
        "Bucket": moved(inputs, "bucket"),
        "ServerSideEncryptionConfiguration": {"Rules": Moved(value=written, path="rules")},
    }


def _encryption_rule(rule: Any) -> Any:
    default = rule.get("applyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
    if not isinstance(default, Mapping):
        return rule
    renamed = {
        {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}.get(name, name): value
        for name, value in default.items()
    }
    return {**rule, "applyServerSideEncryptionByDefault": renamed}


def _table(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    keys = [
        {"AttributeName": inputs[name], "KeyType": kind}
        for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if inputs.get(name) is not None
    ]
    attributes = inputs.get("attributes")
    definitions = (
        [{"AttributeName": a.get("name"), "AttributeType": a.get("type")} for a in attributes]
        if isinstance(attributes, list)
        else attributes
    )
    encryption = inputs.get("serverSideEncryption")
    if isinstance(encryption, Mapping):
        encryption = {
            "Enabled": encryption.get("enabled"),
            "KMSMasterKeyId": encryption.get("kmsKeyArn"),
        }
    return {
        "TableName": moved(inputs, "name"),
        "AttributeDefinitions": Moved(value=definitions, path="attributes"),
        "KeySchema": Moved(value=keys, path="hashKey"),
        "BillingMode": moved(inputs, "billingMode"),
        "DeletionProtectionEnabled": moved(inputs, "deletionProtectionEnabled"),
        "SSESpecification": Moved(value=encryption, path="serverSideEncryption"),
        "TableClass": moved(inputs, "tableClass"),
        "Tags": moved(inputs, "tags"),
    }


def _time_to_live(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"TableName": moved(inputs, "name"), "TimeToLiveSpecification": moved(inputs, "ttl")}


def _point_in_time(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    recovery = inputs.get("pointInTimeRecovery")
    enabled = recovery.get("enabled") if isinstance(recovery, Mapping) else recovery
    return {
        "TableName": moved(inputs, "name"),
        "PointInTimeRecoverySpecification": Moved(
            value={"PointInTimeRecoveryEnabled": enabled}, path="pointInTimeRecovery"
        ),
    }


TYPES: Final[Mapping[str, TypeRequests]] = {
    "aws:dynamodb/table:Table": TypeRequests(
        auto_named="name",
        sent=(
            Sent(operation="dynamodb:CreateTable", reshape=_table),
            Sent(operation="dynamodb:UpdateTimeToLive", reshape=_time_to_live, only_if=("ttl",)),
            Sent(
                operation="dynamodb:UpdateContinuousBackups",
                reshape=_point_in_time,
                only_if=("pointInTimeRecovery",),
            ),
        ),
    ),
    "aws:s3/bucket:Bucket": TypeRequests(
        auto_named="bucket",
        sent=(Sent(operation="s3:CreateBucket", members=_BUCKET_KEY),),
        not_sent={
            "forceDestroy": "the provider's own",
            "tags": "PutBucketTagging, held to the limits of tags",
        },
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": TypeRequests(
        sent=(
            Sent(
                operation="s3:PutObject",
                members={
                    "kmsKeyId": "SSEKMSKeyId",
                    "content": "Body",
                    **same("bucket", "key", "contentType", "serverSideEncryption", "storageClass"),
                },
            ),
        ),
        not_sent={
            "source": "a file",
            "sourceHash": "the provider's own",
            "etag": "the provider's own",
            "forceDestroy": "the provider's own",
            "tags": "held to the limits of tags",
        },
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": TypeRequests(
        sent=(Sent(operation="s3:PutBucketOwnershipControls", reshape=_ownership),),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": TypeRequests(
        sent=(Sent(operation="s3:PutBucketPolicy", reshape=_bucket_policy),),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": TypeRequests(
        sent=(Sent(operation="s3:PutPublicAccessBlock", reshape=_public_access),),
        not_sent={"skipDestroy": "the provider's own"},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        TypeRequests(
            sent=(Sent(operation="s3:PutBucketEncryption", reshape=_encryption),),
            not_sent={"expectedBucketOwner": "a header"},
        )
    ),
    "aws:s3/bucketVersioning:BucketVersioning": TypeRequests(
        sent=(
            Sent(
                operation="s3:PutBucketVersioning",
                members={**_BUCKET_KEY, **same("versioningConfiguration", "mfa")},
            ),
        ),
        not_sent={"expectedBucketOwner": "a header"},
    ),
}
