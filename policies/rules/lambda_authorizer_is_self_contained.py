"""Refuses an authorizer whose code, data or answers are under foreign control."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.account import is_foreign
from policies.reading.assets import is_remote
from policies.reading.foundation import is_founded
from policies.reading.iam import statements
from policies.reading.judged_apis import OF_AUTHORIZER, calls_authorizer, is_called
from policies.reading.permissions import ATTACHMENTS, OF_PEOPLE, permissions_of_people
from policies.reading.principals import is_foreign_principal
from policies.reading.resource import JudgedResource, Stack
from policies.reading.signing import authorizer_functions, invoke_authorizer
from policies.rule import Settings, StackRule

LAYER = "aws:lambda/layerVersion:LayerVersion"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
PIPE = "aws:pipes/pipe:Pipe"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
OF_FUNCTION = frozenset({INVOKE_CONFIG, EVENT_SOURCE, types.FUNCTION_URL})
PEOPLE = frozenset({*OF_PEOPLE, *ATTACHMENTS})
TABLE_POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy"
TABLE = "aws:dynamodb/table:Table"
IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.[^/]+/[^@]+@sha256:[0-9a-f]{64}")
WRITES = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLUpdate",
)


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if resource.type == TABLE_POLICY:
        yield from _check_table(resource, stack)
    elif resource.type == PIPE:
        for key in ("enrichment", "target"):
            if calls_authorizer(resource[key], key, resource, stack):
                yield f"{key} sends the events of another source to an authorizer."
    elif resource.type in OF_FUNCTION:
        if is_called(resource, "functionName", stack, calls=OF_AUTHORIZER):
            yield from _check_caller(resource)
    elif resource.type in PEOPLE:
        if any(invoke_authorizer(one, stack) for one in permissions_of_people(resource, stack)):
            yield "it lets a user or a group invoke an authorizer, whose answers contain tokens."
    elif resource.urn in {one.urn for one in authorizer_functions(stack)}:
        yield from _check_layers(resource, stack)
        yield from _check_code(resource, stack)
        yield from _check_environment(resource, stack)


def _check_caller(resource: JudgedResource) -> Iterator[str]:
    """API Gateway alone calls an authorizer: the event of another caller may be forged."""
    if resource.type == EVENT_SOURCE:
        yield "it sends the events of another source to an authorizer."
    elif resource.type == types.FUNCTION_URL:
        yield "it is a URL of an authorizer, which API Gateway alone calls."
    elif resource["destinationConfig"].present:
        yield "destinationConfig sends the answers of an authorizer, with tokens, elsewhere."


def _check_layers(function: JudgedResource, stack: Stack) -> Iterator[str]:
    own = stack.used_by(function, "layers", LAYER)
    arns = {layer["arn"].text() for layer in own if layer["arn"].known}
    for layer in function["layers"].one_or_many():
        is_own = bool(own) if not layer.known else layer.text() in arns
        if not is_own and not stack.trusts("layers", layer, function):
            yield f"{layer.path} is not a layer of this stack: its code can replace the function's."


def _check_code(function: JudgedResource, stack: Stack) -> Iterator[str]:
    image, bucket = function["imageUri"], function["s3Bucket"]
    if any(is_remote(leaf.leaf()) for leaf in function["code"].leaves()):
        yield "code is downloaded from a URL: what is there changes without the program."
    if image.known:
        pinned = IMAGE.fullmatch(image.text())
        if pinned is None and not function.uses("imageUri"):
            yield "imageUri is not pinned by a digest: another image may be pushed under its tag."
        elif pinned and is_foreign(pinned[1], stack, function):
            yield "imageUri is of an account that is neither this stack's nor trusted."
    is_pinned = not bucket.present or function["s3ObjectVersion"].present
    if not (is_pinned or _is_declared_bucket(function, stack)) and not stack.trusts(
        "buckets", bucket, function
    ):
        yield "s3ObjectVersion is missing, and this stack does not declare the bucket of the code."
    mounted = function["fileSystemConfig"]
    if mounted.present and not function.uses("fileSystemConfig"):
        yield "fileSystemConfig does not refer to a file system of this stack."


def _is_declared_bucket(function: JudgedResource, stack: Stack) -> bool:
    if stack.used_by(function, "s3Bucket", *types.BUCKETS):
        return True
    name = function["s3Bucket"]
    return name.known and any(
        bucket["bucket"].known and bucket["bucket"].text() == name.text()
        for bucket in stack.of_type(*types.BUCKETS)
    )


def _check_environment(function: JudgedResource, stack: Stack) -> Iterator[str]:
    """A key, a table or a secret of another account decides in the place of the stack's own."""
    for leaf in function["environment"].leaves():
        text = leaf.leaf()
        if isinstance(text, str) and text.startswith("arn:") and is_foreign(text, stack, function):
            yield f"{leaf.path} is of an account that is neither this stack's nor trusted."


def _check_table(policy: JudgedResource, stack: Stack) -> Iterator[str]:
    tables = stack.used_by(policy, "resourceArn", TABLE)
    if not tables and policy["resourceArn"].is_text:
        tables = stack.named(TABLE, policy["resourceArn"].text().rpartition("table/")[2])
    if not any(is_founded(table, stack) for table in tables):
        return
    for statement in statements(policy["policy"]):
        if not statement.allows or not any(map(statement.covers, WRITES)):
            continue
        if statement.is_about_everybody or any(
            is_foreign_principal(kind, principal, stack, policy)
            for kind, principal in statement.principals
        ):
            yield f"{statement.node.path} lets another account write to a table of an authorizer."


RULE = StackRule(
    name="lambda-authorizer-is-self-contained",
    title="Code, data and answers of an authorizer belong to its stack or account.",
    severity=Severity.HIGH,
    why=(
        "The authorizer identifies clients and signs tokens. A layer runs before the function's "
        "own code and can replace it. An image under a tag, and an object without its version, "
        "change without any change of the program. A key or a table of another account lets that "
        "account decide who is a client. The destination of asynchronous calls receives the "
        "answers, which contain tokens. A URL, an event source, a user or a group that may invoke "
        "the function can send it a forged event. The configuration of the pack can trust a layer "
        "by its ARN, a bucket by its name, and an account."
    ),
    fix="aws.lambda_.Function(…, code=pulumi.FileArchive(…), layers=[layer.arn])",
    page="Managing Lambda dependencies with layers",
    url="https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html",
    types=frozenset({types.FUNCTION, TABLE_POLICY, PIPE, *OF_FUNCTION, *PEOPLE}),
    check=_check,
)
