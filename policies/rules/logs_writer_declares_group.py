"""Refuses a function or stage whose log group the stack does not declare."""

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.resource import JudgedResource, Stack, once_per_stack
from policies.reading.stages import setting
from policies.rule import Settings, StackRule


def _check(writer: JudgedResource, stack: Stack, _settings: Settings) -> Iterator[str]:
    if writer.type == types.REST_STAGE:
        if _writes_execution_log(writer, stack) and not _execution_log(writer, stack):
            yield "its execution log group API-Gateway-Execution-Logs_… is not declared."
    elif not stack.used_by(writer, "loggingConfig", types.LOG_GROUP) and not _named(writer, stack):
        yield "its log group is not declared."


def _writes_execution_log(stage: JudgedResource, stack: Stack) -> bool:
    levels = [level.text("OFF") for _, level in setting(stage, stack, "loggingLevel")]
    return any(level.upper() != "OFF" for level in levels)


def _execution_log(stage: JudgedResource, stack: Stack) -> list[JudgedResource]:
    # The name holds the API's id, so its dependency says which API it is for.
    return [
        group
        for api in stack.used_by(stage, "restApi", types.REST_API)
        for group in stack.users_of(api, "name", types.LOG_GROUP)
    ]


def _named(function: JudgedResource, stack: Stack) -> bool:
    """Whether a group of the stack has the name that Lambda would give its own."""
    declared = function["loggingConfig"]["logGroup"]
    if declared.known:
        wanted = declared.text()
    elif function["name"].known:
        wanted = f"/aws/lambda/{function['name'].text()}"
    else:
        return bool(stack.users_of(function, "name", types.LOG_GROUP))
    return wanted in _names(stack)


@once_per_stack
def _names(stack: Stack) -> set[str]:
    return {g["name"].text() for g in stack.of_type(types.LOG_GROUP) if g["name"].known}


RULE = StackRule(
    name="logs-writer-declares-group",
    title="The log groups of functions and stages are declared.",
    severity=Severity.LOW,
    why=(
        "Lambda and API Gateway create a missing log group themselves, without a retention "
        "period. Its events never expire, and `pulumi destroy` does not delete it."
    ),
    fix='aws.cloudwatch.LogGroup(…, name=f"/aws/lambda/{function_name}", retention_in_days=30)',
    page="Sending Lambda function logs to CloudWatch Logs",
    url="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    types=frozenset({types.FUNCTION, types.REST_STAGE}),
    check=_check,
)
