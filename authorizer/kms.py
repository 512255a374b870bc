"""Signs with a KMS key.

The message is sent RAW: KMS computes the digest.
Source: AWS KMS API Reference, Sign.
"""

import base64
import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING

from authorizer.config import Config, ConfigurationError
from authorizer.endpoint import endpoint
from authorizer.reasons import FailedError, Reason

if TYPE_CHECKING:
    from authorizer.aws_json import AwsJsonClient


# AWS KMS API Reference, Sign: SigningAlgorithm
KMS_ALGORITHMS = {"ES256": "ECDSA_SHA_256", "RS256": "RSASSA_PKCS1_V1_5_SHA_256"}


class KmsSigner:
    """ECDSA P-256 or RSA PKCS #1 v1.5, with SHA-256, by one KMS key."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        address = endpoint(
            "kms", region=config.region, partition=config.partition, environment=environment
        )
        if address is None:
            raise ConfigurationError(
                f"PORTCULLIS_SIGNING_KEY is in partition {config.partition!r}, whose addresses are "
                "unknown. Set AWS_ENDPOINT_URL_KMS."
            )
        self._key_arn = config.signing_key_arn
        self._algorithm = KMS_ALGORITHMS[config.signing_algorithm]
        self._region = config.region
        self._endpoint = address
        self._environment = environment
        self._client: AwsJsonClient | None = None

    def prepare(self) -> "AwsJsonClient":
        """Import what signing needs; otherwise the first signature does.

        It takes longer than all other imports together, and a worker that only refuses needs none
        of it.
        """
        from authorizer.aws_json import AwsJsonClient  # noqa: PLC0415

        if self._client is None:
            self._client = AwsJsonClient(
                service="kms",
                region=self._region,
                endpoint=self._endpoint,
                environment=self._environment,
            )
            gc.freeze()  # the imports stay too: see authorizer.handler
        return self._client

    def sign(self, message: bytes, *, deadline: float) -> bytes:
        """See `authorizer.tokens.Signer`."""
        from authorizer.aws_json import AwsCallError  # noqa: PLC0415 - see prepare

        client = self.prepare()
        payload = {
            "KeyId": self._key_arn,
            "Message": base64.b64encode(message).decode("ascii"),
            "MessageType": "RAW",
            "SigningAlgorithm": self._algorithm,
        }
        try:
            answer = client.call("TrentService.Sign", payload, deadline=deadline)
            return base64.b64decode(answer["Signature"], validate=True)
        except AwsCallError as error:
            raise FailedError(Reason.SIGNING_FAILED, str(error)) from error
        except (KeyError, TypeError, ValueError) as error:
            raise FailedError(Reason.SIGNING_FAILED, "kms answered without a signature") from error
