"""Keys that the emulated KMS holds from its start, under ARNs that a stack's settings name.

On AWS such a key is made before the stack, and only its ARN is known. Here its private key is one
of this machine. The server reads it as the first notes of its journal.
"""

import base64
import json
from dataclasses import dataclass
from typing import Final

_ACCOUNT: Final = "123456789012"  # moto's own, whatever account an ARN names


@dataclass(frozen=True, kw_only=True)
class PlantedKey:
    """``private`` is PKCS #8 in DER; ``spec`` is KMS's name of its kind."""

    arn: str
    private: bytes
    spec: str

    def __repr__(self) -> str:
        return f"PlantedKey({self.arn})"

    def note(self) -> bytes:
        """The journal's line for the call that would create it."""
        partition, _, region, _, name = self.arn.split(":")[1:]
        credential = f"Credential=laptop/20260101/{region}/kms/aws4_request"
        body = {"KeySpec": self.spec, "KeyUsage": "SIGN_VERIFY", "Description": "client CA"}
        note = {
            "headers": {
                "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0",
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "TrentService.CreateKey",
            },
            "body": json.dumps(body),
            "key": {
                "arn": f"arn:{partition}:kms:{region}:{_ACCOUNT}:{name}",
                "private": base64.b64encode(self.private).decode(),
                "material": base64.b64encode(b"\0" * 32).decode(),
            },
        }
        return json.dumps(note).encode() + b"\n"
