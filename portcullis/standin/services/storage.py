"""The ids and computed outputs of S3 and DynamoDB."""

import hashlib
from collections.abc import Mapping

from portcullis.standin.invented import MIXED, hexadecimal, text
from portcullis.standin.location import Location
from portcullis.standin.services.created import Created, Inputs, Row, physical_name, with_id


def _table(location: Location, name: str, inputs: Inputs) -> Created:
    table = physical_name(name, inputs)
    return Created(
        id=table, computed={"name": table, "arn": location.arn("dynamodb", f"table/{table}")}
    )


def _bucket(location: Location, name: str, inputs: Inputs) -> Created:
    bucket = str(inputs.get("bucket") or f"{name}-{hexadecimal(7, name)}")
    return Created(
        id=bucket,
        computed={
            "bucket": bucket,
            "arn": f"arn:{location.partition}:s3:::{bucket}",
            "bucketDomainName": f"{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{bucket}.s3.{location.region}.amazonaws.com",
            "region": location.region,
        },
    )


def _bucket_object(location: Location, _: str, inputs: Inputs) -> Created:
    content = repr(inputs.get("content", inputs.get("source")))
    path = f"{inputs['bucket']}/{inputs['key']}"
    return Created(
        id=path,
        computed={
            "arn": f"arn:{location.partition}:s3:::{path}",
            # New content is a new version, as in a versioned bucket.
            "versionId": text(MIXED, 32, "version", path, content),
            "etag": hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
        },
    )


# The id of a bucket's configuration resource is the bucket's name.
_of_bucket = with_id("{bucket}")
ROWS: Mapping[str, Row] = {
    "aws:dynamodb/table:Table": _table,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": _bucket_object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _of_bucket
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket,
}
