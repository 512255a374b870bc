"""A signing key in the laptop's KMS emulator, in place of one that only AWS holds."""

import boto3
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portcullis.laptop.exported.signing_keys import ExportedKey
from portcullis.pki.public_jwk import PublicJwk


def create_signing_key(endpoint_url: str, region: str, replaces: str) -> ExportedKey:
    """Create a P-256 key in the emulator.

    Args:
        endpoint_url: the emulator.
        region: of the key.
        replaces: the ARN of the key on AWS; account and partition of the new ARN are the same.
    """
    client = boto3.client(
        "kms",
        endpoint_url=endpoint_url,
        region_name=region,
        # The emulator accepts any; real credentials of this machine never reach it.
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",  # noqa: S106 - not a secret
    )
    created = client.create_key(
        Description=f"Replaces {replaces}", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"
    )
    key_id = created["KeyMetadata"]["KeyId"]
    public = load_der_public_key(client.get_public_key(KeyId=key_id)["PublicKey"])
    jwk = PublicJwk.from_key(public)
    arn = replaces.rpartition("/")[0] + f"/{key_id}"
    return ExportedKey(arn=arn, kid=jwk.kid, x=jwk.x, y=jwk.y)
