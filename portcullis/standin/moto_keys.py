"""Creates signing keys in a moto server, which signs the tokens on a laptop."""

import base64
import http.client
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from portcullis.errors import PortcullisError
from portcullis.standin.signing_keys import UnknownKeyError

CALL_SECONDS: Final = 30.0  # it may still be starting
OK: Final = 200


class MotoKeys:
    """KMS at ``endpoint_url``. Each key exists in its own region, as on AWS."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def create(self, name: str, inputs: Mapping[str, Any]) -> str:
        """Create the key of this name, or return the existing one of an earlier deploy."""
        region = inputs["region"]
        remembered = f"alias/stand-in/{name}"
        try:
            existing = self._call(region, "DescribeKey", KeyId=remembered)
        except _NotFoundError:
            pass
        else:
            return str(existing["KeyMetadata"]["KeyId"])
        created = self._call(
            region,
            "CreateKey",
            Description=inputs.get("description", name),
            KeySpec=inputs["customerMasterKeySpec"],
            KeyUsage=inputs["keyUsage"],
            Policy=inputs.get("policy", ""),
        )
        key_id = str(created["KeyMetadata"]["KeyId"])
        self._call(region, "CreateAlias", AliasName=remembered, TargetKeyId=key_id)
        return key_id

    def public_key_der(self, key_id_or_arn: str) -> bytes:
        key_id = key_id_or_arn.rpartition("/")[2]
        try:
            answer = self._call(_region(key_id_or_arn), "GetPublicKey", KeyId=key_id)
        except _NotFoundError:
            raise UnknownKeyError(key_id_or_arn) from None
        return base64.b64decode(answer["PublicKey"])

    def _call(self, region: str, operation: str, **payload: str) -> dict[str, Any]:
        """Without boto3, whose import and client take longer than the run of the program.

        Raises:
            EmulatorError: the emulator refused, or did not answer.
        """
        url = urlsplit(self._endpoint_url)
        # The emulator reads the region, and accepts any credentials: real ones never reach it.
        scope = f"laptop/20000101/{region}/kms/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"TrentService.{operation}",
            "Authorization": (
                f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
            ),
        }
        connection = http.client.HTTPConnection(url.netloc, timeout=CALL_SECONDS)
        try:
            connection.request("POST", "/", json.dumps(payload), headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            body: dict[str, Any] = json.loads(text or "{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EmulatorError(operation, repr(error)) from error
        finally:
            connection.close()
        if answer.status == OK:
            return body
        if str(body.get("__type", "")).endswith("NotFoundException"):
            raise _NotFoundError
        raise EmulatorError(operation, text)


class EmulatorError(PortcullisError):
    """The emulator refused a call, or did not answer it."""

    def __init__(self, operation: str, problem: str) -> None:
        super().__init__(f"The KMS emulator did not carry out {operation}: {problem}")


class _NotFoundError(Exception):
    """The key or alias does not exist."""


def _region(arn: str) -> str:
    return arn.split(":")[3]
