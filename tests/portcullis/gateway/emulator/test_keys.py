"""A KMS key made again by moto gets the id, private key and material of the first one."""

import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

from portcullis.gateway.emulator.keys import generated_parts, with_generated_parts

REGION = "eu-central-1"


@pytest.fixture
def backend():
    backend = kms_backends[DEFAULT_ACCOUNT_ID][REGION]
    backend.reset()
    yield backend
    backend.reset()


def create(backend):
    """The answer to CreateKey of a new P-256 signing key."""
    key = backend.create_key("", "SIGN_VERIFY", "ECC_NIST_P256", "a signing key", [])
    return json.dumps({"KeyMetadata": {"Arn": key.arn}}).encode()


def public_key(backend):
    (key,) = backend.keys.values()
    private = key.private_key.private_key
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_the_second_key_is_the_first_one(backend):
    created = create(backend)
    parts = generated_parts(created)
    first = public_key(backend)
    backend.reset()
    with with_generated_parts(parts):
        assert create(backend) == created
    assert public_key(backend) == first
    assert generated_parts(created) == parts


def test_a_key_outside_of_the_block_is_a_new_one(backend):
    created = create(backend)
    with_parts = generated_parts(created)
    backend.reset()
    with with_generated_parts(with_parts):
        create(backend)
    assert create(backend) != created
