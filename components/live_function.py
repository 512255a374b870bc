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
class FunctionProperties:
    """What differs between the functions."""

    name: str  # of the function and of its role
    description: str
    role_description: str
    policy_name: str
    permissions: Sequence[Statement]  # of the role
    package: AuthorizerPackage
    handler: str
    memory_mb: int
    timeout_seconds: int
    environment: Mapping[str, Input[str]]
    xray: bool
    snap_start: bool = False
    reserved_concurrency: int = 0  # 0 reserves nothing


@dataclass(frozen=True, kw_only=True)
class FunctionResources:
    function: aws.lambda_.Function
    alias: aws.lambda_.Alias
    log_group: aws.cloudwatch.LogGroup


def live_function(
    name: str, args: LoggedArgs, spec: FunctionProperties, parent: pulumi.Resource
) -> FunctionResources:
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=f"/aws/lambda/{spec.name}",
        retention_in_days=args.log_retention_days,
        kms_key_id=args.kms_key_arn,
        opts=ResourceOptions(parent=parent),
    )
    role, role_policy = _role(name, spec, parent)
    function = aws.lambda_.Function(
        f"{name}-function",
        name=spec.name,
        description=spec.description,
        role=role.arn,
        handler=spec.handler,
        runtime=RUNTIME,
        architectures=["arm64"],
        code=pulumi.FileArchive(str(spec.package.path)),
        source_code_hash=spec.package.source_code_hash,
        memory_size=spec.memory_mb,
        timeout=spec.timeout_seconds,
        kms_key_arn=args.kms_key_arn,
        environment={"variables": spec.environment},
        tracing_config={"mode": "Active" if spec.xray else "PassThrough"},
        logging_config={
            "log_format": "JSON",
            "application_log_level": "INFO",
            "system_log_level": "WARN",
            "log_group": log_group.name,
        },
        # A version is what the alias, a snapshot and a rollback point at.
        publish=True,
        snap_start={"apply_on": "PublishedVersions"} if spec.snap_start else None,
        # Zero would switch the function off.
        reserved_concurrent_executions=spec.reserved_concurrency or None,
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


def _role(
    name: str, spec: FunctionProperties, parent: pulumi.Resource
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    role = aws.iam.Role(
        f"{name}-role",
        name=spec.name,
        description=spec.role_description,
        assume_role_policy=trust_json("lambda.amazonaws.com"),
        opts=ResourceOptions(parent=parent),
    )
    role_policy = aws.iam.RolePolicy(
        f"{name}-permissions",
        name=spec.policy_name,
        role=role.name,
        policy=policy_json(*spec.permissions),
        opts=ResourceOptions(parent=parent),
    )
    return role, role_policy
