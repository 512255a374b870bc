"""Keys that a real KMS API makes, and signs with."""

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from moto.server import ThreadedMotoServer

from portcullis.standin import StandIn
from portcullis.standin.moto_keys import MotoKeys
from portcullis.standin.signing_keys import UnknownKeyError

KEY = {
    "customerMasterKeySpec": "ECC_NIST_P256",
    "keyUsage": "SIGN_VERIFY",
    "description": "Signs tokens.",
    "policy": '{"Version": "2012-10-17", "Statement": []}',
}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def stand_in(endpoint):
    return StandIn(region="eu-central-1", account="000000000000", keys=MotoKeys(endpoint))


def client(endpoint, region):
    return boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_the_created_key_signs_what_its_public_half_verifies(endpoint, stand_in):
    key_id, key = stand_in.outputs("aws:kms/key:Key", "signing", KEY)
    assert key["arn"] == f"arn:aws:kms:eu-central-1:000000000000:key/{key_id}"
    signed = client(endpoint, "eu-central-1").sign(
        KeyId=key["arn"], Message=b"claims", SigningAlgorithm="ECDSA_SHA_256", MessageType="RAW"
    )
    der = MotoKeys(endpoint).public_key_der(key["arn"])
    load_der_public_key(der).verify(signed["Signature"], b"claims", ec.ECDSA(hashes.SHA256()))


def test_a_later_deploy_finds_the_key_of_the_same_name(endpoint):
    def deploy(name, region="eu-central-1"):
        stand_in = StandIn(region=region, account="000000000000", keys=MotoKeys(endpoint))
        return stand_in.outputs("aws:kms/key:Key", name, KEY)[0]

    assert deploy("signing-a") == deploy("signing-a")
    assert deploy("signing-a") != deploy("signing-b")
    assert deploy("signing-a") != deploy("signing-a", "us-east-1")


def test_the_key_carries_what_the_program_asked_for(endpoint, stand_in):
    key_id, _ = stand_in.outputs("aws:kms/key:Key", "signing", KEY)
    found = client(endpoint, "eu-central-1").describe_key(KeyId=key_id)["KeyMetadata"]
    assert found["KeySpec"] == "ECC_NIST_P256"
    assert found["KeyUsage"] == "SIGN_VERIFY"
    assert found["Description"] == "Signs tokens."


def test_the_lookup_answers_the_real_public_key(endpoint, stand_in):
    _, key = stand_in.outputs("aws:kms/key:Key", "signing", KEY)
    answer = stand_in.lookup("aws:kms/getPublicKey:getPublicKey", {"keyId": key["arn"]})
    real = client(endpoint, "eu-central-1").get_public_key(KeyId=key["keyId"])["PublicKey"]
    numbers = load_der_public_key(real).public_numbers()
    assert format(numbers.x, "x")  # a P-256 point
    assert "BEGIN PUBLIC KEY" in answer["publicKeyPem"]


def test_a_key_of_another_region_is_not_found(endpoint, stand_in):
    _, key = stand_in.outputs("aws:kms/key:Key", "signing", KEY)
    with pytest.raises(UnknownKeyError):
        MotoKeys(endpoint).public_key_der(key["arn"].replace("eu-central-1", "us-east-1"))
