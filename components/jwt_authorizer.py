"""The Lambda authorizer: knows the client by its certificate and vouches for it with a JWT."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.arn import Place
from components.jwks import PublicJwk, PublishedKey
from components.registry_table import table_name
from portcullis.settings.groups.clients import RevocationListStore

HANDLER = "authorizer.handler.handler"
RUNTIME = "python3.13"
LIVE = "live"  # the alias that API Gateway calls
SIGNING_ALGORITHM = "ECDSA_SHA_256"  # KMS's name for ES256
MEMORY_MB = 512  # Lambda gives CPU by memory; below this a cold start is bound by it
TIMEOUT_SECONDS = 3  # above the two that signing may take, far below a caller's patience of 29
KEY_DELETION_DAYS = 30  # the longest KMS allows: time to notice that tokens are no longer signed


@dataclass(frozen=True, kw_only=True)
class JwtAuthorizerArgs:
    prefix: str
    place: Place
    code: Path
    code_hash: str
    issuer: str
    audience: str
    token_life_seconds: int = 300
    cache_seconds: int = 0
    signing_keys: Sequence[str] = ("a",)
    signing_key: str = "a"
    registry_table: Input[str] | None = None  # None: the registry in the zip is the only one
    registry_cache_seconds: int = 30
    revocation_lists: RevocationListStore = RevocationListStore.NONE
    crl_grace_seconds: int = 0
    clock_skew_seconds: int = 0
    provisioned_concurrency: int = 0
    reserved_concurrency: int = 0
    log_retention_days: int = 30
    xray: bool = True
    protect: bool = True


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A KMS key and its published half, twice: by member for leaves, and whole for the key set."""

    arn: Output[str]
    published: PublishedKey
    jwk: Output[dict[str, str]]


class JwtAuthorizer(pulumi.ComponentResource):
    """A function that answers API Gateway's REQUEST authorizer events, and the keys it signs with.

    Outputs: ``uri`` for the REST API's body (composed, known at preview); ``live_alias``, whose
    permission the API adds for itself; ``jwks``, the key set a backend verifies with;
    ``published_keys``, the same keys for the API's own JWKS route; ``function_name`` and
    ``log_group_name``.
    Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers".
    """

    def __init__(
        self, name: str, args: JwtAuthorizerArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:JwtAuthorizer", name, None, opts)
        self.function_name = f"{args.prefix}-authorizer"
        self.uri = args.place.invocation_uri(self.function_name, LIVE)
        self.signing_keys = [self._signing_key(name, args, label) for label in args.signing_keys]
        self.published_keys = [key.published for key in self.signing_keys]
        log_group = self._log_group(name, args)
        self.log_group_name = log_group.name
        role = self._role(name, args)
        function = self._function(name, args, role, log_group)
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
            {"keys": [key.jwk for key in self.signing_keys]}
        )
        self.register_outputs({"uri": self.uri, "jwks": self.jwks})

    def _signing_key(self, name: str, args: JwtAuthorizerArgs, label: str) -> SigningKey:
        key = aws.kms.Key(
            f"{name}-signing-{label}",
            description=f"Signs the tokens of {args.issuer} (ES256).",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=json.dumps(_key_policy(args), sort_keys=True),
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-signing-{label}",
            name=_key_alias(args, label),
            target_key_id=key.key_id,
            opts=ResourceOptions(parent=self),
        )
        answer = aws.kms.get_public_key_output(
            key_id=key.arn, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        # A lookup that is put off in a preview forgets what it waits for; the key is named again.
        jwk = Output.all(key.arn, answer.public_key_pem).apply(
            lambda answered: PublicJwk.from_pem(answered[1])
        )
        return SigningKey(
            arn=key.arn,
            published=PublishedKey(
                kid=jwk.apply(lambda j: j.kid),
                x=jwk.apply(lambda j: j.x),
                y=jwk.apply(lambda j: j.y),
            ),
            jwk=jwk.apply(PublicJwk.as_dict),
        )

    def _log_group(self, name: str, args: JwtAuthorizerArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=_log_group_name(args),
            retention_in_days=args.log_retention_days,
            opts=ResourceOptions(parent=self),
        )

    def _role(self, name: str, args: JwtAuthorizerArgs) -> aws.iam.Role:
        role = aws.iam.Role(
            f"{name}-role",
            name=_role_name(args),
            description="The authorizer: reads clients, signs tokens, writes its own log.",
            assume_role_policy=json.dumps(_trust_policy(), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        self._permissions = aws.iam.RolePolicy(
            f"{name}-permissions",
            name="authorizer",
            role=role.name,
            policy=json.dumps(_permissions(args), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        return role

    def _function(
        self,
        name: str,
        args: JwtAuthorizerArgs,
        role: aws.iam.Role,
        log_group: aws.cloudwatch.LogGroup,
    ) -> aws.lambda_.Function:
        signer = self.signing_keys[list(args.signing_keys).index(args.signing_key)]
        environment: dict[str, Input[str]] = {
            "PORTCULLIS_ISSUER": args.issuer,
            "PORTCULLIS_AUDIENCE": args.audience,
            "PORTCULLIS_SIGNING_KEY": signer.arn,
            "PORTCULLIS_SIGNING_KID": signer.published.kid,
            "PORTCULLIS_TOKEN_LIFE_SECONDS": str(args.token_life_seconds),
            "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": str(args.cache_seconds),
            "PORTCULLIS_REGISTRY": "file" if args.registry_table is None else "dynamodb",
            "PORTCULLIS_REGISTRY_CACHE_SECONDS": str(args.registry_cache_seconds),
            "PORTCULLIS_REVOCATION_LISTS": args.revocation_lists.value,
            "PORTCULLIS_CRL_GRACE_SECONDS": str(args.crl_grace_seconds),
            "PORTCULLIS_CLOCK_SKEW_SECONDS": str(args.clock_skew_seconds),
        }
        if args.registry_table is not None:
            environment["PORTCULLIS_REGISTRY_TABLE"] = args.registry_table
        return aws.lambda_.Function(
            f"{name}-function",
            name=self.function_name,
            description="Knows the client by its certificate and vouches for it with a JWT.",
            role=role.arn,
            handler=HANDLER,
            runtime=RUNTIME,
            architectures=["arm64"],
            code=pulumi.FileArchive(str(args.code)),
            source_code_hash=args.code_hash,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            environment={"variables": environment},
            tracing_config={"mode": "Active" if args.xray else "PassThrough"},
            logging_config={
                "log_format": "JSON",
                "application_log_level": "INFO",
                "system_log_level": "WARN",
                "log_group": log_group.name,
            },
            # A version is what the alias, SnapStart and a rollback point at.
            publish=True,
            # AWS allows a snapshot or warm instances, not both.
            snap_start=(
                None if args.provisioned_concurrency else {"apply_on": "PublishedVersions"}
            ),
            reserved_concurrent_executions=args.reserved_concurrency or None,
            # Without its permissions the first call fails, and Lambda would make a log group
            # that keeps its lines for ever.
            opts=ResourceOptions(parent=self, depends_on=[self._permissions]),
        )


def _role_name(args: JwtAuthorizerArgs) -> str:
    return f"{args.prefix}-authorizer"


def _log_group_name(args: JwtAuthorizerArgs) -> str:
    return f"/aws/lambda/{args.prefix}-authorizer"


def _key_alias(args: JwtAuthorizerArgs, label: str) -> str:
    return f"alias/{args.prefix}-signing-{label}"


def _trust_policy() -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def _permissions(args: JwtAuthorizerArgs) -> dict[str, Any]:
    """What the role may do. Known at preview: a key's ARN is not, so the alias names the key."""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "SignTokens",
            "Effect": "Allow",
            "Action": "kms:Sign",
            # The key's id exists only after its creation, and an Output here would hide the whole
            # document from the policies. The condition narrows it to the stack's own keys, and
            # the key's policy refuses every other signer, so that moving an alias gains nothing.
            "Resource": args.place.any_key(),
            "Condition": {
                "StringEquals": {"kms:SigningAlgorithm": SIGNING_ALGORITHM},
                "ForAnyValue:StringEquals": {
                    "kms:ResourceAliases": [_key_alias(args, k) for k in args.signing_keys]
                },
            },
        },
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{args.place.log_group(_log_group_name(args))}:log-stream:*",
        },
    ]
    if args.registry_table is not None:
        statements.append(
            {
                "Sid": "ReadRegistry",
                "Effect": "Allow",
                # By key only: whoever takes the function over can neither list nor change clients.
                "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
                "Resource": args.place.table(table_name(args.prefix)),
            }
        )
    if args.xray:
        statements.append(
            {
                "Sid": "SendTraces",
                "Effect": "Allow",
                "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                "Resource": "*",  # X-Ray has no resource that these actions could name
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def _key_policy(args: JwtAuthorizerArgs) -> dict[str, Any]:
    """The account administers the key, and only the authorizer's role signs with it.

    A Deny outranks every IAM policy of the account, an administrator's included. It tests the
    caller's ARN instead of naming the role as principal, so the key does not wait for the role and
    survives a role that is made anew (a named principal turns into the old role's unique id).
    """
    everybody = {"AWS": "*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountAdministers",
                "Effect": "Allow",
                "Principal": {"AWS": args.place.account_root},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "OnlyTheAuthorizerSigns",
                "Effect": "Deny",
                "Principal": everybody,
                "Action": "kms:Sign",
                "Resource": "*",
                "Condition": {
                    "ArnNotEquals": {"aws:PrincipalArn": args.place.role(_role_name(args))}
                },
            },
            {
                "Sid": "OnlyEs256",
                "Effect": "Deny",
                "Principal": everybody,
                "Action": "kms:Sign",
                "Resource": "*",
                "Condition": {"StringNotEquals": {"kms:SigningAlgorithm": SIGNING_ALGORITHM}},
            },
        ],
    }
