"""Stores public keys in files, because the engine may look up a key in a later run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.standin.invented import uuid
from portcullis.standin.signing_keys import UnknownKeyError, generate

P256 = "ECC_NIST_P256"


class RememberedKeys:
    """Public keys. The private key is discarded, so nothing can be signed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, name: str, inputs: Mapping[str, Any]) -> str:
        key_id = uuid("aws:kms/key:Key", name)
        path = self._directory / f"{key_id}.der"
        key = None if path.exists() else generate(inputs.get("customerMasterKeySpec", P256))
        if key is not None:
            self._directory.mkdir(parents=True, exist_ok=True)
            public = key.public_key()
            path.write_bytes(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        return key_id

    def public_key_der(self, key_id_or_arn: str) -> bytes:
        key_id = key_id_or_arn.rpartition("/")[2]
        if not re.fullmatch(r"[0-9a-f-]{36}", key_id):
            raise UnknownKeyError(key_id_or_arn)
        try:
            return (self._directory / f"{key_id}.der").read_bytes()
        except OSError:
            raise UnknownKeyError(key_id_or_arn) from None
