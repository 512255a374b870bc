"""Authorizer: a Lambda function that identifies the client and issues it a signed JWT."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.arn import Place
from components.authorizer_permissions import permissions, trust_policy
from components.registry_table import table_name
from components.signing_key import SigningKey, signing_key

HANDLER = "authorizer.handler.handler"
RUNTIME = "python3.13"
LIVE = "live"  # the alias that API Gateway calls
MEMORY_MB = 512  # Lambda gives CPU by memory; below this a cold start is bound by it
TIMEOUT_SECONDS = 3  # more than two attempts to sign take, far less than API Gateway's 29


@dataclass(frozen=True, kw_only=True)
class JwtAuthorizerArgs:
    """``signing_keys`` are labels, one KMS key each; ``signing_key`` is the one that signs.

    ``revocation_lists`` says where the function reads them: ``none``, ``file`` (in its zip) or
    ``table``. Without a ``registry_table`` the client registry in the zip is used.
    """

    prefix: str
    place: Place
    code: Path
    code_hash: str
    issuer: str
    audience: str
    token_life_seconds: int
    cache_seconds: int
    signing_keys: Sequence[str]
    signing_key: str
    registry_table: Input[str] | None
    registry_cache_seconds: int
    revocation_lists: str
    crl_grace_seconds: int
    clock_skew_seconds: int
    provisioned_concurrency: int
    snap_start: bool
    reserved_concurrency: int
    log_retention_days: int
    kms_key_arn: str | None  # for the log group and the environment; None for keys of AWS
    xray: bool
    protect: bool


class JwtAuthorizer(pulumi.ComponentResource):
    """A function that answers API Gateway's REQUEST authorizer events, and the keys it signs with.

    Outputs: ``uri`` for the REST API's body (composed, known at preview); ``live_alias``, to which
    the API adds its permission; ``jwks``, the key set a backend verifies with; ``published_keys``,
    the same keys for the API's own JWKS route; ``function_name`` and ``log_group_name``.
    Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers".
    """

    def __init__(
        self, name: str, args: JwtAuthorizerArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:JwtAuthorizer", name, None, opts)
        if args.signing_key not in args.signing_keys:
            raise ValueError(
                f"signing_key {args.signing_key!r} must be one of signing_keys: "
                f"{', '.join(args.signing_keys)}"
            )
        self.function_name = _function_name(args)
        self.uri = args.place.invocation_uri(args.place.function(self.function_name, LIVE))
        self.signing_keys = {
            label: signing_key(
                f"{name}-signing-{label}",
                alias=_key_alias(args, label),
                issuer=args.issuer,
                place=args.place,
                signer_role=_role_name(args),
                protect=args.protect,
                parent=self,
            )
            for label in args.signing_keys
        }
        self.published_keys = [key.published for key in self.signing_keys.values()]
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=_log_group_name(args),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=ResourceOptions(parent=self),
        )
        self.log_group_name = log_group.name
        function = self._function(name, args, log_group)
        self.live_alias = aws.lambda_.Alias(
            f"{name}-live",
            name=LIVE,
            description="The version that API Gateway calls.",
            function_name=function.name,
            function_version=function.version,
            opts=ResourceOptions(parent=self),
        )
        if args.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-warm",
                function_name=function.name,
                qualifier=self.live_alias.name,
                provisioned_concurrent_executions=args.provisioned_concurrency,
                opts=ResourceOptions(parent=self),
            )
        self.jwks: Output[dict[str, Any]] = Output.from_input(
            {"keys": [key.jwk for key in self.signing_keys.values()]}
        )
        self.register_outputs({"uri": self.uri, "jwks": self.jwks})

    def _function(
        self, name: str, args: JwtAuthorizerArgs, log_group: aws.cloudwatch.LogGroup
    ) -> aws.lambda_.Function:
        role = aws.iam.Role(
            f"{name}-role",
            name=_role_name(args),
            description="The authorizer: reads clients, signs tokens, writes its own log.",
            assume_role_policy=json.dumps(trust_policy(), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-permissions",
            name="authorizer",
            role=role.name,
            policy=json.dumps(_permissions(args), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        return aws.lambda_.Function(
            f"{name}-function",
            name=self.function_name,
            description="Identifies the client by its certificate and issues it a JWT.",
            role=role.arn,
            handler=HANDLER,
            runtime=RUNTIME,
            architectures=["arm64"],
            code=pulumi.FileArchive(str(args.code)),
            source_code_hash=args.code_hash,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            kms_key_arn=args.kms_key_arn,
            environment={"variables": _environment(args, self.signing_keys[args.signing_key])},
            tracing_config={"mode": "Active" if args.xray else "PassThrough"},
            logging_config={
                "log_format": "JSON",
                "application_log_level": "INFO",
                "system_log_level": "WARN",
                "log_group": log_group.name,
            },
            # A version is what the alias, a snapshot and a rollback point at.
            publish=True,
            snap_start={"apply_on": "PublishedVersions"} if args.snap_start else None,
            # Zero would switch the function off.
            reserved_concurrent_executions=args.reserved_concurrency or None,
            # Without its permissions the first call fails, and Lambda would make a log group
            # without retention.
            opts=ResourceOptions(parent=self, depends_on=[role_policy]),
        )


def _environment(args: JwtAuthorizerArgs, signer: SigningKey) -> dict[str, Input[str]]:
    """What ``authorizer/config.py`` reads."""
    environment: dict[str, Input[str]] = {
        "PORTCULLIS_ISSUER": args.issuer,
        "PORTCULLIS_AUDIENCE": args.audience,
        "PORTCULLIS_SIGNING_KEY": signer.arn,
        "PORTCULLIS_SIGNING_KID": signer.published.kid,
        "PORTCULLIS_TOKEN_LIFE_SECONDS": str(args.token_life_seconds),
        "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": str(args.cache_seconds),
        "PORTCULLIS_REGISTRY": "file" if args.registry_table is None else "dynamodb",
        "PORTCULLIS_REGISTRY_CACHE_SECONDS": str(args.registry_cache_seconds),
        "PORTCULLIS_REVOCATION_LISTS": args.revocation_lists,
        "PORTCULLIS_CRL_GRACE_SECONDS": str(args.crl_grace_seconds),
        "PORTCULLIS_CLOCK_SKEW_SECONDS": str(args.clock_skew_seconds),
    }
    if args.registry_table is not None:
        environment["PORTCULLIS_REGISTRY_TABLE"] = args.registry_table
    return environment


def _permissions(args: JwtAuthorizerArgs) -> dict[str, Any]:
    return permissions(
        args.place,
        log_group_name=_log_group_name(args),
        table_name=None if args.registry_table is None else table_name(args.prefix),
        kms_key_arn=args.kms_key_arn,
        xray=args.xray,
    )


def _function_name(args: JwtAuthorizerArgs) -> str:
    return f"{args.prefix}-authorizer"


def _role_name(args: JwtAuthorizerArgs) -> str:
    return f"{args.prefix}-authorizer"


def _log_group_name(args: JwtAuthorizerArgs) -> str:
    return f"/aws/lambda/{_function_name(args)}"


def _key_alias(args: JwtAuthorizerArgs, label: str) -> str:
    return f"alias/{args.prefix}-signing-{label}"
