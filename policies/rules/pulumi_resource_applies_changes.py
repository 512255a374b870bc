"""ignoreChanges on a guard means: judge the program, and leave what is deployed as it is."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import EVERY_TYPE, ResourceRule, Settings

JUDGED = ("apigateway", "apigatewayv2", "wafv2", "s3", "iam", "kms", "lambda", "cloudwatch")


def _check(resource: JudgedResource, settings: Settings) -> Iterator[str]:
    service = resource.type.removeprefix("aws:").partition("/")[0]
    if not resource.type.startswith("aws:") or service not in JUDGED:
        return
    for name in sorted(resource.ignored_changes - set(settings["allowed"])):
        yield f"changes of {name} are ignored, so what was judged is not what is deployed."


RULE = ResourceRule(
    name="pulumi-resource-applies-changes",
    title="No guard ignores its own changes.",
    severity=Severity.HIGH,
    why=(
        "With ignoreChanges the engine keeps a property as it was deployed, whatever the program "
        "says. Every rule would judge a truststore, a body or a web ACL that is not there."
    ),
    fix="leave ignore_changes out, or keep it to tags",
    page="Resource option: ignoreChanges (Pulumi)",
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/",
    types=EVERY_TYPE,
    settings={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["tags", "tagsAll", "description"],
            "description": "Properties whose changes may be ignored.",
        }
    },
    check=_check,
)
