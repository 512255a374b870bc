"""Refuses to send the logs of a guarded API to another account."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.account import is_foreign
from policies.reading.foundation import is_log_founded
from policies.reading.guarded import has_guarded_api
from policies.reading.node import Node
from policies.reading.resource import JudgedResource, Stack
from policies.reading.scope import left_out
from policies.rule import Settings, StackRule

SUBSCRIPTION = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
OF_ACCOUNT = "aws:cloudwatch/logAccountPolicy:LogAccountPolicy"
DESTINATION = "aws:cloudwatch/logDestination:LogDestination"
LINK = "aws:oam/link:Link"  # of an account that monitors others
SHARED_LOGS = "AWS::Logs::LogGroup"


def _check(resource: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if not has_guarded_api(stack):
        return
    for end, key in _ends(resource, stack):
        if _is_elsewhere(end, key, resource, stack):
            yield (
                f"{end.path} sends the logs of a guarded API to an account that is neither this "
                "stack's nor trusted."
            )


def _ends(resource: JudgedResource, stack: Stack) -> Iterator[tuple[Node, str]]:
    """Where the logs of a guarded API go, each with its property."""
    if resource.type == SUBSCRIPTION:
        if is_log_founded(resource, "logGroup", stack):
            yield resource["destinationArn"], "destinationArn"
    elif resource.type == OF_ACCOUNT:
        if resource["policyType"].text("").upper() == "SUBSCRIPTION_FILTER_POLICY":
            policy = resource["policyDocument"]
            yield (
                policy.document("policy")["DestinationArn"] if policy.known else policy,
                "policyDocument",
            )
    elif resource.type == LINK:
        if any(not one.is_text or one.text() == SHARED_LOGS for one in _shared(resource)):
            yield resource["sinkIdentifier"], "sinkIdentifier"
    elif not left_out(resource, stack):
        for one in resource["logDestinationConfigs"].items():
            yield one, "logDestinationConfigs"


def _shared(link: JudgedResource) -> list[Node]:
    shared = link["resourceTypes"]
    return shared.items() if shared.known else [shared]


def _is_elsewhere(end: Node, key: str, resource: JudgedResource, stack: Stack) -> bool:
    """Whether an end is of another account, or of this stack and leads there."""
    if own := stack.used_by(resource, key):
        targets = [one for one in own if one.type == DESTINATION]
        return any(_is_elsewhere(one["targetArn"], "targetArn", one, stack) for one in targets)
    if end.is_text:
        return is_foreign(end.text(), stack, resource)
    return not stack.trusts("principals", end, resource)


RULE = StackRule(
    name="logs-reader-is-trusted",
    title="The logs of a guarded API go to no account that is not trusted.",
    severity=Severity.MEDIUM,
    why=(
        "The logs of the API, its web ACL and its functions show which partner called what, and "
        "from where. A subscription, a link of CloudWatch or a destination of AWS WAF sends them "
        "on. An account that keeps the logs of an organization must be trusted in the "
        "configuration of the pack."
    ),
    fix="destination_arn=stream.arn, or trust the account: trusted.principals",
    page="Cross-account cross-Region log data sharing with CloudWatch Logs",
    url=("https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html"),
    types=frozenset({SUBSCRIPTION, OF_ACCOUNT, LINK, types.WEB_ACL_LOGGING}),
    everywhere=True,
    check=_check,
)
