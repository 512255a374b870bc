"""A function URL without IAM is a public endpoint that no gate stands before."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings

IAM = "AWS_IAM"


def _check(url: JudgedResource, _settings: Settings) -> Iterator[str]:
    if url["authorizationType"].text("NONE") != IAM:
        yield f"authorizationType is not {IAM}."


RULE = ResourceRule(
    name="lambda-url-requires-iam",
    title="No function has a public URL.",
    severity=Severity.CRITICAL,
    why=(
        "A function URL is reached from the internet directly: without mutual TLS, the web ACL "
        "and the authorizer. Called with an event of the caller's making, the authorizer itself "
        "would hand out tokens."
    ),
    fix='aws.lambda_.FunctionUrl(…, authorization_type="AWS_IAM"), or none',
    page="Control access to Lambda function URLs",
    url="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    frameworks=("Checkov CKV_AWS_258",),
    types=frozenset({"aws:lambda/functionUrl:FunctionUrl"}),
    check=_check,
)
