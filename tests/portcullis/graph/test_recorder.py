"""The recorder answers like the engine; see test_in_process.py for the child process around it."""

import gc
import json
import sys

import pulumi
import pulumi_aws as aws
import pytest

from portcullis.graph.recorder import record
from portcullis.graph.resource import UNKNOWN, archive_path

BUCKET = "aws:s3/bucket:Bucket"
DOMAIN = "aws:apigateway/domainName:DomainName"


class Gate(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("portcullis:index:Gate", name)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(f"{name}-trust", bucket="trust", opts=child)
        truststore = aws.s3.BucketObjectv2(
            f"{name}-truststore", bucket=bucket.bucket, key="ca.pem", content="pem", opts=child
        )
        self.domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name="api.example.test",
            mutual_tls_authentication={
                "truststore_uri": pulumi.Output.concat("s3://", truststore.bucket, "/ca.pem"),
                "truststore_version": truststore.version_id,
            },
            opts=child,
        )
        self.register_outputs({"target": self.domain.regional_domain_name})


def program():
    gate = Gate("gate")
    aws.lambda_.Function(
        "authorizer",
        role="arn:aws:iam::000000000000:role/x",
        code=pulumi.FileArchive("authorizer.zip"),
        environment={"variables": {"SECRET": pulumi.Output.secret("s3cret")}},
        timeout=5,
        opts=pulumi.ResourceOptions(protect=True),
    )
    caller = aws.get_caller_identity_output()
    pulumi.export("target", gate.domain.regional_domain_name)
    pulumi.export("account", caller.account_id)


def outputs(type_, name, inputs):
    computed = {
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "v7"},
        DOMAIN: {"regionalDomainName": "d-1.example.test"},
    }
    return f"{name}-id", inputs | computed.get(type_, {})


def lookup(token, args):
    return {"accountId": "000000000000", "arn": "a", "id": "i", "userId": "u"}


def run(*, preview, of=program):
    return record(
        of,
        project="portcullis",
        stack="test",
        config={"aws:region": "eu-central-1"},
        preview=preview,
        outputs=outputs,
        lookup=lookup,
    )


@pytest.fixture(scope="module")
def update():
    return run(preview=False)


@pytest.fixture(scope="module")
def preview():
    return run(preview=True)


def test_computed_outputs_are_unknown_in_a_preview_and_known_in_an_update(preview, update):
    (before,), (after,) = preview.of_type(DOMAIN), update.of_type(DOMAIN)
    assert before.inputs["mutualTlsAuthentication"] == {
        "truststoreUri": "s3://trust/ca.pem",
        "truststoreVersion": UNKNOWN,
    }
    assert after.inputs["mutualTlsAuthentication"]["truststoreVersion"] == "v7"
    assert preview.stack_outputs["target"] == UNKNOWN
    assert update.stack_outputs == {"target": "d-1.example.test", "account": "000000000000"}


def test_dependencies_are_the_same_in_both(preview, update):
    def edges(graph):
        return [(r.urn, r.dependencies, r.property_dependencies) for r in graph]

    assert edges(preview) == edges(update)
    (domain,) = update.of_type(DOMAIN)
    (truststore,) = update.of_type("aws:s3/bucketObjectv2:BucketObjectv2")
    assert truststore.urn in domain.property_dependencies["mutualTlsAuthentication"]
    assert domain.property_dependencies["domainName"] == ()


def test_urns_chain_the_types_of_every_parent(update):
    (bucket,) = update.of_type(BUCKET)
    assert bucket.urn == f"urn:pulumi:test::portcullis::portcullis:index:Gate${BUCKET}::gate-trust"
    assert update.by_urn(bucket.parent).type == "portcullis:index:Gate"
    assert update.by_urn(bucket.parent).outputs == {"target": "d-1.example.test"}


def test_archives_secrets_numbers_flags_and_positions_keep_a_plain_shape(update):
    (function,) = update.of_type("aws:lambda/function:Function")
    assert archive_path(function.inputs["code"]) == "authorizer.zip"
    assert function.inputs["environment"] == {"variables": {"SECRET": "s3cret"}}
    assert type(function.inputs["timeout"]) is int
    assert function.flags.protect
    assert function.source is not None
    assert function.source.path == "tests/portcullis/graph/test_recorder.py"


def test_what_the_stand_in_does_not_know_stops_the_run():
    def unlisted(type_, name, inputs):
        raise LookupError(type_)

    with pytest.raises(Exception, match="aws:s3/bucket:Bucket"):
        record(
            program,
            project="p",
            stack="s",
            config={},
            preview=False,
            outputs=unlisted,
            lookup=lookup,
        )


def test_a_failing_apply_fails_the_run():
    def broken():
        bucket = aws.s3.Bucket("trust", bucket="trust")
        pulumi.export("broken", bucket.bucket.apply(lambda _: 1 / 0))

    with pytest.raises(ZeroDivisionError):
        run(preview=False, of=broken)


def test_no_registration_is_lost_while_components_finish():
    """The SDK registers from several threads; often switched, they collide if they can."""
    interval = sys.getswitchinterval()

    def crowd():
        for number in range(60):
            Gate(f"gate{number}")

    sys.setswitchinterval(1e-6)
    try:
        graph = run(preview=False, of=crowd)
    finally:
        sys.setswitchinterval(interval)
    assert len(graph.resources) == 60 * 4


def test_two_resources_of_one_urn_are_refused_once_as_by_the_engine(caplog):
    def twins():
        aws.s3.Bucket("twin", bucket="one")
        aws.s3.Bucket("twin", bucket="two")

    with pytest.raises(Exception, match="Duplicate resource URN"):
        run(preview=True, of=twins)
    gc.collect()
    assert not caplog.records  # the outputs that the program left hold the same error


def test_a_policy_document_may_be_a_mapping():
    """The provider answers with a JSON string; the SDK would not take a mapping back."""

    def with_a_mapping():
        bucket = aws.s3.Bucket("assets")
        for name, resource in (("known", "arn:aws:s3:::assets/*"), ("computed", bucket.arn)):
            statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
            policy = aws.iam.Policy(name, policy={"Statement": [statement]})
            pulumi.export(name, policy.policy)

    graph = record(
        with_a_mapping,
        project="shop",
        stack="test",
        config={"aws:region": "eu-central-1"},
        preview=True,
        outputs=outputs,
        lookup=lookup,
    )
    assert graph.stack_outputs["computed"] == UNKNOWN
    assert json.loads(graph.stack_outputs["known"])["Statement"][0]["Action"] == "s3:GetObject"
    computed = next(resource for resource in graph if resource.name == "computed")
    assert computed.inputs["policy"]["Statement"][0]["Resource"] == UNKNOWN
