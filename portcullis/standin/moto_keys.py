"""Creates signing keys in a moto server, which signs the tokens on a laptop."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portcullis.standin.signing_keys import UnknownKeyError

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient


class MotoKeys:
    """KMS at ``endpoint_url``. Each key exists in its own region, as on AWS."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def create(self, name: str, inputs: Mapping[str, Any]) -> str:
        """Create the key of this name, or return the existing one of an earlier deploy."""
        client = self._client(inputs["region"])
        remembered = f"alias/stand-in/{name}"
        try:
            return client.describe_key(KeyId=remembered)["KeyMetadata"]["KeyId"]
        except client.exceptions.NotFoundException:
            pass
        answer = client.create_key(
            Description=inputs.get("description", name),
            KeySpec=inputs["customerMasterKeySpec"],
            KeyUsage=inputs["keyUsage"],
            Policy=inputs.get("policy", ""),
        )
        key_id = answer["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName=remembered, TargetKeyId=key_id)
        return key_id

    def public_key_der(self, key_id_or_arn: str) -> bytes:
        client = self._client(_region(key_id_or_arn))
        try:
            answer = client.get_public_key(KeyId=key_id_or_arn.rpartition("/")[2])
        except client.exceptions.NotFoundException:
            raise UnknownKeyError(key_id_or_arn) from None
        return answer["PublicKey"]

    def _client(self, region: str) -> "KMSClient":
        import boto3  # noqa: PLC0415 - 0.7 s that a preview does not need

        return boto3.client(
            "kms",
            endpoint_url=self._endpoint_url,
            region_name=region,
            # The emulator accepts any credentials, so real ones are never sent to it.
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",  # noqa: S106 - not a secret
        )


def _region(arn: str) -> str:
    return arn.split(":")[3]
