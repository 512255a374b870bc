"""The stack's tags are on every resource whose type has tags, and on no other."""

import pulumi
import pulumi_aws as aws
import pytest

from components.resource_tags import tagging

TAGS = {"team": "payments", "stack": "dev"}


def tagged(tags):
    own = pulumi.ResourceOptions(transformations=[tagging(tags)])
    return pulumi.ComponentResource("test:index:Parent", "p", None, own)


@pytest.fixture
def recorded(engine):
    def program():
        inside = pulumi.ResourceOptions(parent=tagged(TAGS))
        bucket = aws.s3.Bucket("plain", bucket="b", opts=inside)
        aws.s3.Bucket("own", bucket="c", tags={"stack": "own", "content": "x"}, opts=inside)
        aws.s3.BucketPolicy("policy", bucket=bucket.bucket, policy="{}", opts=inside)
        aws.s3.BucketObjectv2("object", bucket=bucket.bucket, key="k", content="c", opts=inside)

    return engine.preview(program)


def tags(recorded):
    return {r.name: r.inputs.get("tags") for r in recorded.graph}


def test_a_resource_gets_the_tags_of_the_stack(recorded):
    assert tags(recorded)["plain"] == TAGS


def test_a_resource_s_own_tag_wins(recorded):
    assert tags(recorded)["own"] == {"team": "payments", "stack": "own", "content": "x"}


@pytest.mark.parametrize("name", ["p", "policy", "object"])
def test_a_component_and_a_resource_without_room_for_tags_get_none(recorded, name):
    assert tags(recorded)[name] is None


def test_without_tags_nothing_is_added(engine):
    def program():
        inside = pulumi.ResourceOptions(parent=tagged({}))
        aws.s3.Bucket("plain", bucket="b", opts=inside)

    assert "tags" not in engine.preview(program).one("Bucket").inputs
