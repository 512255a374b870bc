"""The truststore's bucket: private, versioned, encrypted, and complete before the upload."""

import json

import pulumi
import pytest

from components.truststore_bucket import truststore_object

BUCKET = "portcullis-dev-truststore-111122223333"
PEM = "-----BEGIN CERTIFICATE-----\n"


@pytest.fixture
def build(place):
    def make(*, protect=True, kms_key_arn=None):
        def program():
            truststore_object(
                "truststore",
                prefix="portcullis-dev",
                place=place,
                pem=PEM,
                kms_key_arn=kms_key_arn,
                protect=protect,
                parent=pulumi.ComponentResource("test:index:Parent", "parent"),
            )

        return program

    return make


@pytest.fixture
def recorded(engine, build):
    return engine.preview(build())


def test_the_bundle_itself_is_known_at_preview(recorded):
    upload = recorded.one("BucketObjectv2").inputs
    assert upload["content"] == PEM
    assert upload["key"] == "truststore.pem"


def test_the_bucket_is_private_versioned_encrypted_and_owned(recorded):
    assert recorded.one("Bucket").inputs == {"bucket": BUCKET}
    assert recorded.one("BucketPublicAccessBlock").inputs == {
        "bucket": BUCKET,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    versioning = recorded.one("BucketVersioning").inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = recorded.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    ownership = recorded.one("BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_the_bucket_is_encrypted_with_the_stack_s_own_key(engine, build):
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    recorded = engine.preview(build(kms_key_arn=key))
    (rule,) = recorded.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key},
        "bucketKeyEnabled": True,
    }


def test_the_bucket_accepts_tls_only(recorded):
    (statement,) = json.loads(recorded.one("BucketPolicy").inputs["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] == "s3:*"
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_side_resource_depends_on_the_bucket(recorded):
    for resource in recorded.graph:
        if ":s3/" in resource.type and resource.name != "truststore":
            assert "truststore" in recorded.named(resource.dependencies), resource.name


def test_the_bundle_is_uploaded_into_a_complete_bucket(recorded):
    assert recorded.behind(recorded.one("BucketObjectv2")) >= {
        "truststore-versions",
        "truststore-encryption",
        "truststore-tls",
        "truststore-private",
    }


@pytest.mark.parametrize("protect", [True, False])
def test_the_bucket_is_protected_by_setting(engine, build, protect):
    assert engine.preview(build(protect=protect)).one("Bucket").flags.protect is protect
