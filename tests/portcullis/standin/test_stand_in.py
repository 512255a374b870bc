"""Answers in AWS's shapes, the same for the same program; what is not listed is an error."""

import base64
import re
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
from portcullis.standin.outputs import TABLE
from portcullis.standin.signing_keys import UnknownKeyError

ACCOUNT, REGION = "000000000000", "eu-central-1"
KEY = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
PUBLIC_KEY = "aws:kms/getPublicKey:getPublicKey"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def stand_in():
    return StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())


def test_an_unlisted_type_is_named_with_the_place_to_add_it(stand_in):
    with pytest.raises(UnlistedResourceError) as caught:
        stand_in.outputs("aws:sqs/queue:Queue", "jobs", {})
    assert isinstance(caught.value, PortcullisError)
    assert "aws:sqs/queue:Queue ('jobs')" in str(caught.value)
    assert "portcullis/standin/outputs.py" in str(caught.value)


def test_an_unlisted_lookup_is_named_with_the_place_to_add_it(stand_in):
    with pytest.raises(UnlistedLookupError) as caught:
        stand_in.lookup("aws:index/getRegion:getRegion", {})
    assert "aws:index/getRegion:getRegion" in str(caught.value)
    assert "portcullis/standin/stand_in.py" in str(caught.value)


SHAPES = [
    (
        "aws:dynamodb/table:Table",
        {"name": "clients"},
        "arn",
        r"arn:aws:dynamodb:eu-central-1:000000000000:table/clients",
    ),
    ("aws:apigateway/usagePlan:UsagePlan", {"name": "gold"}, "", r"[a-z0-9]{6}"),
    ("aws:apigateway/apiKey:ApiKey", {"name": "shop"}, "", r"[a-z0-9]{10}"),
    ("aws:apigateway/apiKey:ApiKey", {"name": "shop"}, "value", r"[A-Za-z0-9]{40}"),
    ("aws:apigateway/restApi:RestApi", {}, "", r"[a-z0-9]{10}"),
    (
        "aws:apigateway/restApi:RestApi",
        {},
        "executionArn",
        r"arn:aws:execute-api:eu-central-1:000000000000:[a-z0-9]{10}",
    ),
    ("aws:apigateway/deployment:Deployment", {"triggers": {"a": "b"}}, "", r"[a-z0-9]{6}"),
    (
        "aws:apigateway/stage:Stage",
        {"restApi": "a1b2c3d4e5", "stageName": "dev"},
        "arn",
        r"arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/dev",
    ),
    (
        "aws:apigateway/stage:Stage",
        {"restApi": "a1b2c3d4e5", "stageName": "dev"},
        "invokeUrl",
        r"https://a1b2c3d4e5\.execute-api\.eu-central-1\.amazonaws\.com/dev",
    ),
    (
        "aws:apigateway/domainName:DomainName",
        {"domainName": "api.example.com"},
        "regionalDomainName",
        r"d-[a-z0-9]{10}\.execute-api\.eu-central-1\.amazonaws\.com",
    ),
    (
        "aws:apigateway/domainName:DomainName",
        {"domainName": "api.example.com"},
        "regionalZoneId",
        r"Z1U9ULNL0V5AJ3",
    ),
    (
        "aws:acm/certificate:Certificate",
        {"domainName": "api.example.com"},
        "arn",
        rf"arn:aws:acm:eu-central-1:000000000000:certificate/{UUID}",
    ),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"name": "gate"},
        "arn",
        rf"arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/gate/{UUID}",
    ),
    (
        "aws:wafv2/ipSet:IpSet",
        {"name": "allowed"},
        "arn",
        rf"arn:aws:wafv2:eu-central-1:000000000000:regional/ipset/allowed/{UUID}",
    ),
    (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "trust", "key": "ca.pem", "content": "pem"},
        "versionId",
        r"[A-Za-z0-9]{32}",
    ),
    (
        "aws:lambda/function:Function",
        {"name": "authorizer", "publish": True},
        "qualifiedArn",
        r"arn:aws:lambda:eu-central-1:000000000000:function:authorizer:1",
    ),
    (
        "aws:lambda/alias:Alias",
        {"name": "live", "functionName": "authorizer"},
        "invokeArn",
        r"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        r"arn:aws:lambda:eu-central-1:000000000000:function:authorizer:live/invocations",
    ),
    ("aws:iam/role:Role", {"name": "signer"}, "arn", r"arn:aws:iam::000000000000:role/signer"),
    ("aws:iam/role:Role", {}, "name", r"thing-[0-9a-f]{7}"),
    ("aws:iam/role:Role", {"name": "signer"}, "uniqueId", r"AROA[A-Z0-9]{17}"),
    ("aws:kms/key:Key", KEY, "arn", rf"arn:aws:kms:eu-central-1:000000000000:key/{UUID}"),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/a/b"},
        "arn",
        r"arn:aws:logs:eu-central-1:000000000000:log-group:/a/b",
    ),
]


@pytest.mark.parametrize(("resource_type", "inputs", "output", "shape"), SHAPES)
def test_a_computed_value_has_aws_s_shape(stand_in, resource_type, inputs, output, shape):
    identity, outputs = stand_in.outputs(resource_type, "thing", inputs)
    assert re.fullmatch(shape, outputs[output] if output else identity)


def test_inputs_come_back_as_outputs(stand_in):
    _, outputs = stand_in.outputs("aws:wafv2/webAcl:WebAcl", "gate", {"scope": "REGIONAL"})
    assert outputs["scope"] == "REGIONAL"


def test_inputs_are_left_as_they_were(stand_in):
    inputs = {"name": "gate", "rules": []}
    stand_in.outputs("aws:wafv2/webAcl:WebAcl", "gate", inputs)
    assert inputs == {"name": "gate", "rules": []}


# Enough inputs for any row; rows read what they need.
ANY = {
    "domainName": "api.example.com",
    "restApi": "a1b2c3d4e5",
    "stageName": "dev",
    "methodPath": "*/*",
    "policyName": "p",
    "policyArn": "arn:aws:iam::aws:policy/P",
    "dashboardName": "d",
    "role": "r",
    "targetKeyId": "k",
    "keyId": "k",
    "functionName": "f",
    "qualifier": "live",
    "zoneId": "Z1",
    "type": "A",
    "name": "n",
    "bucket": "b",
    "key": "k",
    "arn": "arn:aws:sns:eu-central-1:000000000000:t",
    "topic": "arn:aws:sns:eu-central-1:000000000000:t",
    "webAclArn": "w",
    "resourceArn": "r",
}


@pytest.mark.parametrize("resource_type", TABLE)
def test_every_row_answers_an_id_and_the_same_twice(resource_type):
    answers = [
        StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys()).outputs(
            resource_type, "thing", ANY
        )
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0]


def test_two_names_never_share_an_id(stand_in):
    ids = {stand_in.outputs("aws:apigateway/restApi:RestApi", f"api{n}", {})[0] for n in range(99)}
    assert len(ids) == 99


def test_new_content_is_a_new_version(stand_in):
    def version(content):
        inputs = {"bucket": "trust", "key": "ca.pem", "content": content}
        return stand_in.outputs("aws:s3/bucketObjectv2:BucketObjectv2", "t", inputs)[1]["versionId"]

    assert version("one") == version("one") != version("two")


def test_a_changed_trigger_is_a_new_deployment(stand_in):
    def deployment(content):
        inputs = {"restApi": "a", "triggers": {"content": content}}
        return stand_in.outputs("aws:apigateway/deployment:Deployment", "d", inputs)[0]

    assert deployment("one") == deployment("one") != deployment("two")


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
    with pytest.raises(UnknownKeyError, match="no signing key 'arn:aws:kms:x'"):
        stand_in.lookup(PUBLIC_KEY, {"keyId": "arn:aws:kms:x"})


def test_a_symmetric_key_has_no_public_half(stand_in):
    _, key = stand_in.outputs("aws:kms/key:Key", "other", {})
    assert uuid.UUID(key["keyId"])
    with pytest.raises(UnknownKeyError):
        stand_in.lookup(PUBLIC_KEY, {"keyId": key["arn"]})


def test_the_caller_is_of_the_stack_s_account(stand_in):
    answer = stand_in.lookup("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert answer["accountId"] == ACCOUNT


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_other_partitions_have_their_own_arns(region, partition):
    stand_in = StandIn(region=region, account=ACCOUNT, keys=LocalKeys())
    _, role = stand_in.outputs("aws:iam/role:Role", "r", {"name": "r"})
    assert role["arn"] == f"arn:{partition}:iam::{ACCOUNT}:role/r"
