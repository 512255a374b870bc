"""A key of the emulator in place of one on AWS: it signs what its public half verifies."""

import base64
import hashlib
import json

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import ECAlgorithm
from moto.server import ThreadedMotoServer

from portcullis.laptop.signing_key import create_signing_key

REPLACED = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000001"
MESSAGE = b"a token"


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_new_key_signs_under_an_arn_of_the_same_account(endpoint):
    published = create_signing_key(endpoint, "eu-central-1", REPLACED)
    assert published.arn.rpartition("/")[0] == REPLACED.rpartition("/")[0]
    assert published.arn != REPLACED
    client = boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )
    answer = client.sign(KeyId=published.arn, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")
    assert answer["Signature"]
    own = load_der_public_key(client.get_public_key(KeyId=published.arn)["PublicKey"])
    public = ECAlgorithm.to_jwk(own, as_dict=True)
    assert (published.x, published.y) == (public["x"], public["y"])
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}  # RFC 7638 section 3.2
    canonical = json.dumps(members, separators=(",", ":")).encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest())
    assert published.kid == digest.rstrip(b"=").decode()


def test_every_call_creates_another_key(endpoint):
    first, second = (create_signing_key(endpoint, "eu-central-1", REPLACED) for _ in range(2))
    assert first.arn != second.arn
    assert first.kid != second.kid
