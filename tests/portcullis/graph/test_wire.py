"""Values of the engine's protocol become plain values."""

import pytest
from google.protobuf.struct_pb2 import Struct

from portcullis.graph.resource import SIGNATURE, UNKNOWN
from portcullis.graph.wire import OUTPUT_VALUE, RESOURCE, SECRET, from_struct, plain_value
from portcullis.standin.unlisted_lookup import MARK


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({SIGNATURE: SECRET, "value": "s"}, "s"),
        ({SIGNATURE: OUTPUT_VALUE, "value": "o", "secret": True}, "o"),
        ({SIGNATURE: OUTPUT_VALUE}, UNKNOWN),
        ({SIGNATURE: SECRET, "ciphertext": "AAAA"}, UNKNOWN),
        ([{SIGNATURE: SECRET, "value": {"a": {SIGNATURE: SECRET, "value": 1.0}}}], [{"a": 1}]),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": "i-1"}, "i-1"),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": UNKNOWN}, UNKNOWN),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": ""}, UNKNOWN),
        ({SIGNATURE: RESOURCE, "urn": "urn:component"}, "urn:component"),
        (f"in {MARK}aws:x/y:y>, here", UNKNOWN),
        (3.0, 3),
        (3.5, 3.5),
        (True, True),
        (None, None),
    ],
)
def test_secrets_outputs_and_numbers(value, plain):
    result = plain_value(value)
    assert result == plain
    assert type(result) is type(plain)


def test_a_struct_becomes_a_dict():
    struct = Struct()
    struct.update({"timeout": 5, "secret": {SIGNATURE: SECRET, "value": "s"}})
    assert from_struct(struct) == {"timeout": 5, "secret": "s"}
