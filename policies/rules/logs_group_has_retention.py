"""Refuses a log group without a retention period."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings
from policies.setting import integer


def _check(group: JudgedResource, settings: Settings) -> Iterator[str]:
    days = group["retentionInDays"]
    if not days.present or days.number() == 0:  # 0 means that events never expire
        yield "retentionInDays is missing: log events never expire."
    elif not settings["minimumDays"] <= days.number() <= settings["maximumDays"]:
        yield (
            f"retentionInDays is not between {settings['minimumDays']:g} "
            f"and {settings['maximumDays']:g}."
        )


RULE = ResourceRule(
    name="logs-group-has-retention",
    title="Every log group has a retention period.",
    severity=Severity.LOW,
    why=(
        "With a short retention, an incident that is noticed late cannot be investigated. Without "
        "one, personal data and costs grow without limit."
    ),
    fix="aws.cloudwatch.LogGroup(…, retention_in_days=30)",
    page="Working with log groups and log streams",
    url=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
        "Working-with-log-groups-and-streams.html"
    ),
    frameworks=(
        "Checkov CKV_AWS_66",
        "cdk-nag HIPAA.Security-CloudWatchLogGroupRetentionPeriod",
        "cfn-guard CW_LOGGROUP_RETENTION_PERIOD_CHECK",
    ),
    types=frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
    settings={
        "minimumDays": integer("The shortest retention in days.", default=7, minimum=1),
        "maximumDays": integer("The longest retention in days.", default=3653, minimum=1),
    },
    check=_check,
)
