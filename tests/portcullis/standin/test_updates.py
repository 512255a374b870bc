"""An update changes the outputs that AWS recomputes, and no others."""

import pytest

from portcullis.standin.location import Location
from portcullis.standin.updates import updated

FRANKFURT = Location(region="eu-central-1", account="000000000000")
FUNCTION = "aws:lambda/function:Function"
REST_API = "aws:apigateway/restApi:RestApi"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def after(type_, old, old_inputs, inputs):
    return updated(FRANKFURT, type_, "it", old=old, old_inputs=old_inputs, inputs=inputs)


def test_computed_outputs_stay_and_removed_inputs_go():
    old = {"id": "x", "name": "a", "description": "old"}
    found = after("aws:sns/topic:Topic", old, {"name": "a", "description": "old"}, {"name": "a"})
    assert found == {"id": "x", "name": "a"}


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({"timeout": 5}, "4"),
        ({"sourceCodeHash": "new"}, "4"),
        ({"reservedConcurrentExecutions": 5}, "3"),
        ({"tags": {"a": "b"}}, "3"),
        ({}, "3"),
    ],
)
def test_a_change_of_code_or_configuration_publishes_a_version(change, version):
    inputs = {"publish": True, "timeout": 3}
    old = {**inputs, "arn": "arn:f", "version": "3"}
    found = after(FUNCTION, old, inputs, {**inputs, **change})
    assert (found["version"], found["qualifiedArn"]) == (version, f"arn:f:{version}")


def test_new_content_is_a_new_version_of_the_object():
    inputs = {"bucket": "b", "key": "k", "content": "one"}
    old = {**inputs, "versionId": "v1"}
    assert after(OBJECT, old, inputs, {**inputs, "content": "two"})["versionId"] != "v1"


@pytest.mark.parametrize(
    ("old", "given", "source"),
    [
        ({"apiKeySource": "HEADER"}, {}, "HEADER"),  # although the body says AUTHORIZER
        ({"apiKeySource": "AUTHORIZER"}, {}, "AUTHORIZER"),
        ({"apiKeySource": "HEADER"}, {"apiKeySource": "AUTHORIZER"}, "AUTHORIZER"),
    ],
    ids=["in the body alone", "kept", "given"],
)
def test_the_provider_patches_the_api_key_source_of_its_state(old, given, source):
    body = '{"x-amazon-apigateway-api-key-source": "AUTHORIZER"}'
    assert after(REST_API, old, {}, {"body": body, **given})["apiKeySource"] == source
