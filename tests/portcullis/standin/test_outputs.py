"""Computed outputs have AWS's formats and are the same for the same program."""

import re

import pytest

from portcullis.standin import LocalKeys, StandIn
from portcullis.standin.outputs import TABLE

ACCOUNT, REGION = "000000000000", "eu-central-1"
KEY = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def stand_in():
    return StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())


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
    "url": "https://issuer.example.com",
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


def test_a_changed_trigger_is_a_new_deployment():
    def deployment(content):
        stand_in = StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())
        inputs = {"restApi": "a", "triggers": {"content": content}}
        return stand_in.outputs("aws:apigateway/deployment:Deployment", "d", inputs)[0]

    assert deployment("one") == deployment("one") != deployment("two")
