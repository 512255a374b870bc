"""Reads the truststore of a custom domain from the S3 object that the graph uploads."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from portcullis.gateway.resources.coverage import read_resource
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.graph.resource import SIGNATURE, Graph, archive_path

BUCKET_OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")


def read_truststore(authentication: Block, graph: Graph) -> bytes:
    """The PEM bundle of a ``mutualTlsAuthentication``. Raises UnsupportedError."""
    uri = authentication.required_text("truststoreUri")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    version = authentication.text("truststoreVersion") or None
    for resource in (r for kind in BUCKET_OBJECTS for r in graph.of_type(kind)):
        block = read_resource(resource)
        if (block.text("bucket"), block.text("key")) != (bucket, key):
            continue
        if version is not None and version != block.text("versionId"):
            raise UnsupportedError(
                authentication.place,
                f"its truststoreVersion is {version}, but the graph has another version of {uri}",
                "Set truststoreVersion to the versionId of the object that the program uploads.",
            )
        return _content(block)
    raise UnsupportedError(authentication.place, f"{uri} is not an object of the graph")


def _content(block: Block) -> bytes:
    text, encoded, source = block.text("content"), block.text("contentBase64"), block.raw("source")
    if text is not None:
        return text.encode()
    if encoded is not None:
        try:
            return base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise UnsupportedError(block.place, "its contentBase64 is not valid base64") from None
    path = archive_path(source)
    if path is not None:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise UnsupportedError(block.place, f"{path} cannot be read ({error})") from None
    if isinstance(source, Mapping) and SIGNATURE in source and isinstance(source.get("text"), str):
        return str(source["text"]).encode()
    raise UnsupportedError(block.place, "its content cannot be read on this machine")
