"""Programs that look up values, read resources and refer to other stacks can be recorded."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from portcullis.graph.recorder import NeedsEngineError, record
from portcullis.graph.resource import UNKNOWN
from portcullis.standin import LocalKeys, StandIn


class Holder(pulumi.ComponentResource):
    def __init__(self, name, bucket):
        super().__init__("test:index:Holder", name, {"bucket": bucket})
        self.register_outputs({"bucket": bucket})


def run(program, *, preview=True):
    stand_in = StandIn(region="eu-central-1", account="000000000000", keys=LocalKeys())
    return record(
        program,
        project="p",
        stack="s",
        config={"aws:region": "eu-central-1"},
        preview=preview,
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
    )


def content_of(graph):
    (found,) = graph.of_type("aws:s3/bucketObjectv2:BucketObjectv2")
    return found.inputs["content"]


def holding(content):
    """A program whose object has the content."""

    def program():
        aws.s3.BucketObjectv2("o", bucket="b", key="k", content=content())

    return program


@pytest.mark.parametrize(
    "content",
    [
        lambda: aws.ec2.get_ami(owners=["amazon"]).id,
        lambda: f"zone {aws.route53.get_zone(name='example.com').zone_id}",
        lambda: aws.route53.get_zone_output(name="example.com").zone_id,
        lambda: json.dumps({"vpc": aws.ec2.get_vpc(default=True).id}),
        lambda: aws.ec2.get_subnets().ids[0],
        lambda: pulumi.StackReference("org/net/prod").get_output("vpc"),
        lambda: aws.s3.Bucket.get("shared", "a-bucket").arn,
    ],
    ids=["plain", "in a string", "output", "in JSON", "in a list", "other stack", "read"],
)
def test_what_only_an_account_knows_is_unknown(content):
    assert content_of(run(holding(content))) == UNKNOWN


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (lambda: aws.get_region().region, "eu-central-1"),
        (lambda: aws.get_partition().partition, "aws"),
        (lambda: aws.get_caller_identity().account_id, "000000000000"),
        (lambda: aws.get_availability_zones().names[2], "eu-central-1c"),
        (lambda: aws.s3.Bucket.get("shared", "a-bucket").id, "a-bucket"),
    ],
    ids=["region", "partition", "account", "zones", "id of a read"],
)
def test_what_the_settings_say_is_known(content, known):
    assert content_of(run(holding(content))) == known


def test_a_policy_document_is_computed():
    statements = [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"]}]
    graph = run(holding(lambda: aws.iam.get_policy_document(statements=statements).json))
    assert json.loads(content_of(graph))["Statement"][0]["Action"] == "s3:GetObject"


def test_a_resource_may_be_a_property_of_another():
    graph = run(lambda: Holder("h", aws.s3.Bucket("b")))
    (holder,) = graph.of_type("test:index:Holder")
    assert holder.inputs == {"bucket": UNKNOWN}
    assert holder.outputs == {"bucket": UNKNOWN}
    graph = run(lambda: Holder("h", aws.s3.Bucket("b")), preview=False)
    (bucket,), (holder,) = graph.of_type("aws:s3/bucket:Bucket"), graph.of_type("test:index:Holder")
    assert holder.inputs == {"bucket": bucket.id}


def test_a_read_resource_is_marked_as_external():
    graph = run(lambda: aws.s3.Bucket.get("shared", "a-bucket"))
    (bucket,) = graph.of_type("aws:s3/bucket:Bucket")
    assert bucket.flags.external
    assert bucket.id == "a-bucket"


@pytest.mark.parametrize(
    "program",
    [
        lambda: aws.s3.Bucket.get("shared", "a-bucket"),
        lambda: pulumi.StackReference("org/net/prod"),
        lambda: aws.ec2.get_ami(owners=["amazon"]),
    ],
    ids=["read", "other stack", "lookup"],
)
def test_an_update_needs_real_values(program):
    with pytest.raises(NeedsEngineError, match="needs an engine"):
        run(program, preview=False)


def test_a_remote_component_is_marked():
    def program():
        pulumi.ComponentResource("awsx:ec2:Vpc", "vpc", {}, remote=True)

    (vpc,) = run(program).of_type("awsx:ec2:Vpc")
    assert vpc.flags.remote
