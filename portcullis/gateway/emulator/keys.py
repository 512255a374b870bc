"""The randomly generated parts of an emulated KMS key: its id, private key and key material."""

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from moto.kms import models

kms: Any = models  # moto's own types do not cover what is set here


def generated_parts(created: bytes) -> dict[str, str]:
    """The generated parts of the key that this answer to CreateKey names."""
    arn = json.loads(created)["KeyMetadata"]["Arn"]
    key = _key(arn)
    private = key.private_key.private_key.private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    return {
        "arn": arn,
        "private": base64.b64encode(private).decode(),
        "material": base64.b64encode(key.key_material).decode(),
    }


@contextlib.contextmanager
def with_generated_parts(given: dict[str, str]) -> Iterator[None]:
    """The key that is created in this block gets the parts that ``generated_parts`` returned."""
    generate_key_id = kms.generate_key_id
    kms.generate_key_id = lambda *_: _id(given["arn"])  # its tags are stored under it
    try:
        yield
    finally:
        kms.generate_key_id = generate_key_id
    key = _key(given["arn"])
    key.private_key.private_key = load_der_private_key(base64.b64decode(given["private"]), None)
    key.key_material = base64.b64decode(given["material"])


def _key(arn: str) -> Any:
    _, _, _, region, account, _ = arn.split(":")
    return kms.kms_backends[account][region].keys[_id(arn)]


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]
