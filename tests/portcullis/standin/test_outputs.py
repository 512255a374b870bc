"""Computed outputs have AWS's formats and are the same for the same program."""

import pytest

from portcullis.standin import LocalKeys, StandIn
from portcullis.standin.outputs import TABLE

ACCOUNT, REGION = "000000000000", "eu-central-1"
KEY = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def stand_in():
    return StandIn(region=REGION, account=ACCOUNT, keys=LocalKeys())


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
