"""The stand-in answers registrations and lookups; what is not listed is an error."""

import base64
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
    load_pem_public_key,
)

from portcullis.errors import PortcullisError
from portcullis.standin import (
    LocalKeys,
    StandIn,
    UnlistedLookupError,
    UnlistedResourceError,
)
from portcullis.standin.conflicts import AwsRefusedError
from portcullis.standin.signing_keys import UnknownKeyError

ACCOUNT, REGION = "000000000000", "eu-central-1"
KEY = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
PUBLIC_KEY = "aws:kms/getPublicKey:getPublicKey"


@pytest.fixture
def stand_in():
    return StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())


def test_an_unlisted_type_is_named_with_the_place_to_add_it(stand_in):
    with pytest.raises(UnlistedResourceError) as caught:
        stand_in.outputs("aws:sqs/queue:Queue", "jobs", {})
    assert isinstance(caught.value, PortcullisError)
    assert "aws:sqs/queue:Queue ('jobs')" in str(caught.value)
    assert "portcullis/standin/outputs.yaml" in str(caught.value)


def test_an_unlisted_lookup_is_named_with_the_place_to_add_it(stand_in):
    with pytest.raises(UnlistedLookupError) as caught:
        stand_in.lookup("aws:ec2/getAmi:getAmi", {})
    assert "aws:ec2/getAmi:getAmi" in str(caught.value)
    assert "portcullis/standin/stand_in.py" in str(caught.value)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("getRegion:getRegion", {"name": REGION, "id": REGION}),
        ("getPartition:getPartition", {"partition": "aws", "dnsSuffix": "amazonaws.com"}),
        ("getAvailabilityZones:getAvailabilityZones", {"id": REGION}),
    ],
    ids=["region", "partition", "zones"],
)
def test_the_place_of_the_account_is_known(stand_in, token, expected):
    answer = stand_in.lookup(f"aws:index/{token}", {})
    assert {name: answer[name] for name in expected} == expected


def test_a_region_has_three_zones(stand_in):
    answer = stand_in.lookup("aws:index/getAvailabilityZones:getAvailabilityZones", {})
    assert answer["names"] == [f"{REGION}a", f"{REGION}b", f"{REGION}c"]


def test_the_chinese_partition_has_its_own_suffix():
    stand_in = StandIn(region="cn-north-1", account=ACCOUNT, keys=LocalKeys())
    answer = stand_in.lookup("aws:index/getPartition:getPartition", {})
    assert (answer["dnsSuffix"], answer["reverseDnsPrefix"]) == (
        "amazonaws.com.cn",
        "cn.com.amazonaws",
    )


def test_inputs_come_back_as_outputs(stand_in):
    _, outputs = stand_in.outputs("aws:wafv2/webAcl:WebAcl", "gate", {"scope": "REGIONAL"})
    assert outputs["scope"] == "REGIONAL"


def test_inputs_are_left_as_they_were(stand_in):
    inputs = {"name": "gate", "rules": []}
    stand_in.outputs("aws:wafv2/webAcl:WebAcl", "gate", inputs)
    assert inputs == {"name": "gate", "rules": []}


@pytest.mark.parametrize("by", ["arn", "keyId"])
def test_the_public_key_of_a_created_key_is_found(stand_in, by):
    _, key = stand_in.outputs("aws:kms/key:Key", "signing", KEY)
    answer = stand_in.lookup(PUBLIC_KEY, {"keyId": key[by]})
    public = load_pem_public_key(answer["publicKeyPem"].encode())
    assert isinstance(public.curve, ec.SECP256R1)
    der = load_der_public_key(base64.b64decode(answer["publicKey"]))
    assert der.public_numbers() == public.public_numbers()
    assert answer["keyUsage"] == "SIGN_VERIFY"


def test_two_keys_are_two_keys(stand_in):
    arns = [stand_in.outputs("aws:kms/key:Key", name, KEY)[1]["arn"] for name in "ab"]
    pems = {stand_in.lookup(PUBLIC_KEY, {"keyId": arn})["publicKeyPem"] for arn in arns}
    assert len(pems) == 2


def test_a_key_that_was_never_created_is_an_error(stand_in):
    with pytest.raises(UnknownKeyError, match="signing key 'arn:aws:kms:x' does not exist"):
        stand_in.lookup(PUBLIC_KEY, {"keyId": "arn:aws:kms:x"})


def test_a_symmetric_key_has_no_public_half(stand_in):
    _, key = stand_in.outputs("aws:kms/key:Key", "other", {})
    assert uuid.UUID(key["keyId"])
    with pytest.raises(UnknownKeyError):
        stand_in.lookup(PUBLIC_KEY, {"keyId": key["arn"]})


def test_the_caller_is_of_the_stack_s_account(stand_in):
    answer = stand_in.lookup("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert answer["accountId"] == ACCOUNT


def test_an_id_that_aws_chooses_is_never_given_twice(stand_in):
    api = "aws:apigateway/restApi:RestApi"
    assert stand_in.outputs(api, "api", {})[0] != stand_in.outputs(api, "api", {})[0]


def test_a_generated_name_is_never_given_twice(stand_in):
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert stand_in.outputs(group, "log", {})[0] != stand_in.outputs(group, "log", {})[0]


def test_a_name_that_is_taken_is_refused(stand_in):
    group = "aws:cloudwatch/logGroup:LogGroup"
    stand_in.outputs(group, "log", {"name": "a"})
    with pytest.raises(AwsRefusedError, match="ResourceAlreadyExistsException"):
        stand_in.outputs(group, "other", {"name": "a"})


def test_a_known_subscription_is_returned(stand_in):
    given = {"topic": "t", "protocol": "email", "endpoint": "a@example.com"}
    subscription = "aws:sns/topicSubscription:TopicSubscription"
    first = stand_in.outputs(subscription, "one", given)
    assert stand_in.outputs(subscription, "two", given) == first


def test_what_is_in_use_stays(stand_in):
    bucket, outputs = stand_in.outputs("aws:s3/bucket:Bucket", "trust", {"bucket": "b"})
    stand_in.outputs(
        "aws:s3/bucketObjectv2:BucketObjectv2", "ca", {"bucket": "b", "key": "k", "content": "x"}
    )
    with pytest.raises(AwsRefusedError, match="BucketNotEmpty"):
        stand_in.delete("aws:s3/bucket:Bucket", "trust", bucket, outputs)
    assert ("aws:s3/bucket:Bucket", "b") in stand_in.account


def test_a_deletion_of_what_is_gone_succeeds(stand_in):
    stand_in.delete("aws:s3/bucket:Bucket", "trust", "b", {})
