"""Signatures of the laptop's KMS, so that a token's only fault is the one that a case names."""

import base64
import http.client
import json
from urllib.parse import urlsplit

from portcullis.acceptance.errors import TokenError
from portcullis.acceptance.target.target import TargetSigningKey

KMS_SECONDS = 10.0


def kms_sign(key: TargetSigningKey, message: bytes, algorithm: str = "ECDSA_SHA_256") -> bytes:
    """A signature, that of ECDSA in DER, by the laptop's KMS, which checks no credentials.

    Raises:
        TokenError: the KMS gave no signature.
    """
    url = urlsplit(key.endpoint)
    region = key.key_arn.split(":")[3]
    scope = f"laptop/20000101/{region}/kms/aws4_request"
    body = {
        "KeyId": key.key_arn,
        "Message": base64.b64encode(message).decode(),
        "MessageType": "RAW",
        "SigningAlgorithm": algorithm,
    }
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "TrentService.Sign",
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
        ),
    }
    connection = http.client.HTTPConnection(url.netloc, timeout=KMS_SECONDS)
    try:
        connection.request("POST", "/", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        return base64.b64decode(answer["Signature"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise TokenError(f"The KMS at {key.endpoint} did not sign: {error!r}") from None
    finally:
        connection.close()
