"""The truststore of an exported graph: its S3 object's content, or a file in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from portcullis.graph.resource import Graph, Resource, archive_path
from portcullis.laptop.exported.errors import SubstitutionError

DOMAIN_NAME = "aws:apigateway/domainName:DomainName"
BUCKET_OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")


def with_truststore(graph: Graph, file: Path | None) -> Graph:
    """The content of the truststore's S3 object is that of ``file``, or was exported.

    Raises:
        SubstitutionError: the content is not in the export, and a file was not given.
    """
    for uri in dict.fromkeys(_truststore_uris(graph)):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        found = [
            r
            for kind in BUCKET_OBJECTS
            for r in graph.of_type(kind)
            if (r.property("bucket"), r.property("key")) == (bucket, key)
        ]
        if file is not None:
            graph = _with_object(graph, found, _read_text(file, "--truststore"), bucket, key)
        elif not found or not _has_content(found[0]):
            raise SubstitutionError(
                f"The truststore {uri} is not in the export. Give its PEM bundle: "
                "--truststore FILE (or .portcullis/pki/truststore.pem for the laptop's clients)"
            )
    return graph


def _truststore_uris(graph: Graph) -> list[str]:
    blocks = [r.property("mutualTlsAuthentication") for r in graph.of_type(DOMAIN_NAME)]
    return [str(b["truststoreUri"]) for b in blocks if isinstance(b, Mapping) and b]


def _has_content(resource: Resource) -> bool:
    if resource.property("content") or resource.property("contentBase64"):
        return True
    source = resource.property("source")
    path = archive_path(source)
    if path is not None:
        return Path(path).is_file()
    return isinstance(source, Mapping) and isinstance(source.get("text"), str)


def _with_object(
    graph: Graph, found: Sequence[Resource], content: str, bucket: str, key: str
) -> Graph:
    if found:
        none = {"contentBase64": None, "source": None}
        return graph.with_properties(found[0], {"content": content, **none})
    # The domain names an object that another stack uploads, and its version.
    versions = {
        str(b.get("truststoreVersion") or "")
        for r in graph.of_type(DOMAIN_NAME)
        if isinstance(b := r.property("mutualTlsAuthentication"), Mapping)
    }
    inputs = {"bucket": bucket, "key": key, "content": content, "versionId": versions.pop()}
    urn = f"urn:pulumi:{graph.stack}::{graph.project}::{BUCKET_OBJECTS[0]}::substituted-truststore"
    added = Resource(
        urn=urn,
        type=BUCKET_OBJECTS[0],
        name="substituted-truststore",
        inputs=inputs,
        outputs=inputs,
    )
    return replace(graph, resources=(*graph.resources, added))


def _read_text(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SubstitutionError(f"{option} {file} cannot be read: {error}") from error
