"""The part of an emulated KMS key that no repeated call makes again: its id and its secrets."""

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

kms: Any = models  # its types are for those who only use it


def chance_of(created: bytes) -> dict[str, str]:
    """What chance gave the key that this answer to CreateKey speaks of."""
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
def same_chance(given: dict[str, str]) -> Iterator[None]:
    """The key that is created in this block becomes the one that ``chance_of`` described."""
    by_chance = kms.generate_key_id
    kms.generate_key_id = lambda *_: _id(given["arn"])  # its tags are stored under it
    try:
        yield
    finally:
        kms.generate_key_id = by_chance
    key = _key(given["arn"])
    key.private_key.private_key = load_der_private_key(base64.b64decode(given["private"]), None)
    key.key_material = base64.b64decode(given["material"])


def _key(arn: str) -> Any:
    _, _, _, region, account, _ = arn.split(":")
    return kms.kms_backends[account][region].keys[_id(arn)]


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]
