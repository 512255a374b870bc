"""A Lambda function that API Gateway calls, with its log group, its role and its alias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.arguments import LoggedArgs
from components.authorizer_zip.build import AuthorizerPackage
from components.policy_documents import Statement, policy_json, trust_json

RUNTIME = "python3.13"
LIVE = "live"  # the alias that API Gateway calls


@dataclass(frozen=True, kw_only=True)
class FunctionResources:
    function: aws.lambda_.Function
    alias: aws.lambda_.Alias
    log_group: aws.cloudwatch.LogGroup


# Long because it hands each property to the resource that has it.
def live_function(
    name: str,
    args: LoggedArgs,
    *,
    function_name: str,
    description: str,
    role_description: str,
    policy_name: str,
    permissions: Sequence[Statement],
    package: AuthorizerPackage,
    handler: str,
    memory_mb: int,
    timeout_seconds: int,
    environment: Mapping[str, Input[str]],
    xray: bool,
    parent: pulumi.Resource,
    snap_start: bool = False,
    reserved_concurrency: int = 0,
) -> FunctionResources:
    """Register a function with its own role, which has its name. 0 reserves nothing."""
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=f"/aws/lambda/{function_name}",
        retention_in_days=args.log_retention_days,
        kms_key_id=args.kms_key_arn,
        opts=ResourceOptions(parent=parent),
    )
    role = aws.iam.Role(
        f"{name}-role",
        name=function_name,
        description=role_description,
        assume_role_policy=trust_json("lambda.amazonaws.com"),
        opts=ResourceOptions(parent=parent),
    )
    role_policy = aws.iam.RolePolicy(
        f"{name}-permissions",
        name=policy_name,
        role=role.name,
        policy=policy_json(*permissions),
        opts=ResourceOptions(parent=parent),
    )
    function = aws.lambda_.Function(
        f"{name}-function",
        name=function_name,
        description=description,
        role=role.arn,
        handler=handler,
        runtime=RUNTIME,
        architectures=["arm64"],
        code=pulumi.FileArchive(str(package.path)),
        source_code_hash=package.source_code_hash,
        memory_size=memory_mb,
        timeout=timeout_seconds,
        kms_key_arn=args.kms_key_arn,
        environment={"variables": environment},
        tracing_config={"mode": "Active" if xray else "PassThrough"},
        logging_config={
            "log_format": "JSON",
            "application_log_level": "INFO",
            "system_log_level": "WARN",
            "log_group": log_group.name,
        },
        # A version is what the alias, a snapshot and a rollback point at.
        publish=True,
        snap_start={"apply_on": "PublishedVersions"} if snap_start else None,
        # Zero would switch the function off.
        reserved_concurrent_executions=reserved_concurrency or None,
        # Without its permissions the first call fails, and Lambda would make a log group without
        # retention.
        opts=ResourceOptions(parent=parent, depends_on=[role_policy]),
    )
    alias = aws.lambda_.Alias(
        f"{name}-live",
        name=LIVE,
        description="The version that API Gateway calls.",
        function_name=function.name,
        function_version=function.version,
        opts=ResourceOptions(parent=parent),
    )
    return FunctionResources(function=function, alias=alias, log_group=log_group)
