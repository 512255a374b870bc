"""Converts values of the engine's protocol to plain values."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from portcullis.graph.resource import SIGNATURE, UNKNOWN
from portcullis.standin.unlisted_lookup import MARK, lookups_in

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature, not a secret
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


def from_struct(struct: Struct) -> dict[str, Any]:
    """The properties of one registration, in the format of :mod:`portcullis.graph.resource`."""
    plain = plain_value(json_format.MessageToDict(struct))
    assert isinstance(plain, dict)  # noqa: S101 - a Struct is a mapping
    return plain


def dependencies_of(
    properties: Struct, sent: Mapping[str, Any], urn: str
) -> dict[str, tuple[str, ...]]:
    """The URNs that each property of ``urn`` refers to, as ``sent`` lists them.

    An answer of :mod:`portcullis.standin.unlisted_lookup` counts as a resource that is read, with
    the lookup as its type and the arguments as its name.
    """
    found = {key: set(value.urns) for key, value in sorted(sent.items())}
    if MARK.encode() in properties.SerializeToString():  # few registrations have one
        stack = "::".join(urn.split("::")[:2])
        for key, value in json_format.MessageToDict(properties).items():
            for token, arguments in lookups_in(value):
                found.setdefault(key, set()).add(f"{stack}::{token}::{arguments}")
    return {key: tuple(sorted(urns)) for key, urns in found.items()}


def plain_value(value: Any) -> Any:
    """Unwrap nested secrets, outputs and references; whole floats become integers.

    An output without a value is unknown. A reference to a resource becomes its id, or its URN if it
    is a component, as in the engine's requests to a policy pack. A string that was made with an
    answer of :mod:`portcullis.standin.unlisted_lookup` contains the sentinel, and is unknown.
    """
    if isinstance(value, str):
        return UNKNOWN if UNKNOWN in value else value
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _plain_mapping(value: Mapping[str, Any]) -> Any:
    signature = value.get(SIGNATURE)
    if signature in {SECRET, OUTPUT_VALUE}:
        return plain_value(value["value"]) if "value" in value else UNKNOWN
    if signature == RESOURCE:
        return plain_value(value.get("id", value.get("urn"))) or UNKNOWN
    return {key: plain_value(item) for key, item in value.items()}
