"""An authorizer whose code, data or answers are under foreign control is refused."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import apis, by_hand
from tests.policies.added_lines import rules_that_refuse
from tests.policies.cases import Cases

CASES = Cases("lambda-authorizer-is-self-contained")
FOREIGN = "999999999999"
LAYER = f"arn:aws:lambda:eu-central-1:{FOREIGN}:layer:code:1"
DIGEST = f"sha256:{'0' * 64}"


def authorizer(**changes):
    """The authorizer of the example API, and an ARN that shows the stack's account."""
    apis.rest_api()
    return aws.lambda_.Function("authorizer", name="authorizer", role=by_hand.ROLE, **changes)


def layer():
    code = pulumi.AssetArchive({"a.py": pulumi.StringAsset("")})
    return aws.lambda_.LayerVersion("layer", layer_name="dependencies", code=code)


def registry():
    return aws.dynamodb.Table(
        "clients",
        name="clients",
        hash_key="id",
        attributes=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST",
    )


def writable_by(principal, table, action="dynamodb:PutItem"):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    aws.dynamodb.ResourcePolicy(
        "shared", resource_arn=table.arn, policy=json.dumps({"Statement": [statement]})
    )


@CASES.bad("authorizer", says="layers[0] is not a layer of this stack")
def a_layer_of_another_account():
    authorizer(layers=[LAYER])


@CASES.good
def a_layer_of_the_stack():
    authorizer(layers=[layer().arn])


@CASES.bad("authorizer")
def a_layer_that_the_stack_does_not_declare():
    authorizer(layers=[layer().arn, LAYER.replace(FOREIGN, "000000000000")])


@CASES.bad("authorizer", says="code is downloaded from a URL")
def code_from_a_url():
    authorizer(code=pulumi.RemoteArchive("https://example.com/authorizer.zip"))


@CASES.bad("authorizer", says="code is downloaded from a URL")
def a_library_from_a_url():
    library = pulumi.RemoteAsset("https://example.com/library.py")
    authorizer(code=pulumi.AssetArchive({"handler.py": pulumi.StringAsset(""), "l.py": library}))


@CASES.bad("authorizer", says="imageUri is not pinned by a digest")
def an_image_under_a_tag():
    host = "000000000000.dkr.ecr.eu-central-1.amazonaws.com"
    authorizer(package_type="Image", image_uri=f"{host}/authorizer:latest")


@CASES.bad("authorizer", says="imageUri is of an account")
def an_image_of_another_account():
    host = f"{FOREIGN}.dkr.ecr.eu-central-1.amazonaws.com"
    authorizer(package_type="Image", image_uri=f"{host}/authorizer@{DIGEST}")


@CASES.good
def an_image_by_its_digest():
    host = "000000000000.dkr.ecr.eu-central-1.amazonaws.com"
    authorizer(package_type="Image", image_uri=f"{host}/authorizer@{DIGEST}")


@CASES.good
def an_image_of_a_repository_of_the_stack():
    repository = aws.ecr.Repository("authorizer-images", name="authorizer")
    host = "000000000000.dkr.ecr.eu-central-1.amazonaws.com"
    image = pulumi.Output.concat(host, "/", repository.name, ":latest")
    authorizer(package_type="Image", image_uri=image)


@CASES.bad("authorizer", says="s3ObjectVersion is missing")
def code_in_a_bucket_that_anybody_may_change():
    authorizer(s3_bucket="builds", s3_key="authorizer.zip")


@CASES.good
def a_version_of_an_object():
    authorizer(s3_bucket="builds", s3_key="authorizer.zip", s3_object_version="7")


@CASES.good
def code_in_a_bucket_of_the_stack():
    aws.s3.Bucket("builds", bucket="builds")
    authorizer(s3_bucket="builds", s3_key="authorizer.zip")


@CASES.bad("authorizer", says="fileSystemConfig does not refer")
def a_file_system_of_another_stack():
    arn = "arn:aws:elasticfilesystem:eu-central-1:000000000000:access-point/fsap-1"
    authorizer(file_system_config={"arn": arn, "local_mount_path": "/mnt/code"})


@CASES.bad("authorizer", says="environment.variables.KEY is of an account")
def a_key_of_another_account():
    key = f"arn:aws:kms:eu-central-1:{FOREIGN}:key/1"
    authorizer(environment={"variables": {"KEY": key}})


@CASES.good
def a_key_of_the_own_account():
    key = "arn:aws:kms:eu-central-1:000000000000:key/1"
    authorizer(environment={"variables": {"KEY": key, "ACCOUNT": FOREIGN}})


@CASES.bad("answers", says="destinationConfig sends the answers")
def a_queue_that_receives_tokens():
    destination = {"on_success": {"destination": f"arn:aws:sqs:eu-central-1:{FOREIGN}:tokens"}}
    aws.lambda_.FunctionEventInvokeConfig(
        "answers", function_name=authorizer().name, destination_config=destination
    )


@CASES.bad("answers")
def a_queue_for_an_authorizer_by_the_text_of_its_arn():
    authorizer()
    destination = {"on_success": {"destination": "arn:aws:sqs:eu-central-1:000000000000:tokens"}}
    aws.lambda_.FunctionEventInvokeConfig(
        "answers",
        function_name="arn:aws:lambda:eu-central-1:000000000000:function:authorizer",
        destination_config=destination,
    )


@CASES.good
def no_second_attempts():
    aws.lambda_.FunctionEventInvokeConfig(
        "answers", function_name=authorizer().name, maximum_retry_attempts=0
    )


@CASES.bad("shared", says="lets another account write")
def a_table_that_another_account_may_write():
    table = registry()
    authorizer(environment={"variables": {"CLIENTS": table.name}})
    writable_by({"AWS": f"arn:aws:iam::{FOREIGN}:root"}, table)


@CASES.good
def a_table_that_another_account_may_read():
    table = registry()
    authorizer(environment={"variables": {"CLIENTS": table.name}})
    writable_by({"AWS": f"arn:aws:iam::{FOREIGN}:root"}, table, "dynamodb:GetItem")


@CASES.ignored
def another_function_with_layers():
    aws.lambda_.Function("cron", name="cron", role=by_hand.ROLE, layers=[LAYER])
    apis.rest_api()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


@pytest.mark.parametrize(
    ("kind", "name", "changes"),
    [
        ("layers", LAYER, {"layers": [LAYER]}),
        ("buckets", "builds", {"s3_bucket": "builds", "s3_key": "authorizer.zip"}),
        ("principals", FOREIGN, {"environment": {"variables": {"KEY": LAYER}}}),
    ],
)
def test_a_trusted_end_passes(kind, name, changes):
    def line(_clean):
        aws.cloudwatch.LogGroup("log2", name="/aws/lambda/second", retention_in_days=30)
        aws.lambda_.Function("second", name="second", role=by_hand.ROLE, **changes)
        uri = apis.AUTHORIZER_URI.replace(":authorizer/", ":second/")
        apis.rest_api((f"{apis.AUTHORIZER} authorizerUri", uri), name="other")

    assert rules_that_refuse(line) == {"lambda-authorizer-is-self-contained"}
    assert rules_that_refuse(line, (kind, name)) == set()
