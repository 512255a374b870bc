"""Refuses a function URL without IAM authorization."""

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
    title="Function URLs require IAM authorization.",
    severity=Severity.CRITICAL,
    why=(
        "A function URL is reachable from the internet without mutual TLS, web ACL or authorizer. "
        "If the authorizer had one, a caller could send it a forged event and receive a token."
    ),
    fix='aws.lambda_.FunctionUrl(…, authorization_type="AWS_IAM"), or none',
    page="Control access to Lambda function URLs",
    url="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    frameworks=(
        "Checkov CKV_AWS_258",
        "Prowler awslambda_function_url_public",
    ),
    types=frozenset({"aws:lambda/functionUrl:FunctionUrl"}),
    check=_check,
)
