"""Authorizer: a Lambda function that identifies the client and issues it a signed JWT."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.arguments import LoggedArgs
from components.authorizer_permissions import permissions
from components.authorizer_zip import files as authorizer_zip
from components.authorizer_zip.files import AuthorizerFiles
from components.jwks import PublishedKey
from components.live_function import LIVE, live_function
from components.log_groups import authorizer_function_name, authorizer_log_group
from components.policy_documents import Statement
from components.registry_table import table_name
from components.signing_key import ES256, RS256, SigningKey, signing_key

HANDLER = "authorizer.handler.handler"
MEMORY_MB = 512  # Lambda gives CPU by memory; below this a cold start is bound by it
TIMEOUT_SECONDS = 3  # more than two attempts to sign take, far less than API Gateway's 29


@dataclass(frozen=True, kw_only=True)
class AuthorizerOptions:
    audience: str
    """The `aud` claim of every token. A backend must refuse tokens with another audience."""

    token_life_seconds: int = 300
    """How many seconds a backend accepts a token: more than `authorizer_cache_seconds` + 60."""

    authorizer_cache_seconds: int = 0
    """How many seconds API Gateway reuses an answer for the same certificate. With 0 it never does,
    and a suspended client is refused on its next call."""

    signing_keys: Sequence[str] = ("a",)
    """Labels of one or two signing keys, each a key in KMS. All of them are published."""

    signing_key: str | None = None
    """The label of the key that signs; the first of `signing_keys` if left out."""

    rsa_signing_keys: Sequence[str] = ()
    """Those of `signing_keys` that are RSA keys and sign with RS256, for backends such as load
    balancers that verify nothing else. The others are P-256 keys and sign with ES256."""

    registry_cache_seconds: int = 30
    """With clients in a table: how many seconds the authorizer keeps what it read about a
    certificate."""

    crl_table: bool = False
    """Read the issuers' revocation lists from the table of the clients. Then `crl_file` must be
    left out."""

    certificate_clock_skew_seconds: int = 0
    """How many seconds a call may be outside a certificate's validity dates."""

    client_cert_header: bool = False
    """Send the client's certificate to the backend in the header Client-Cert (RFC 9440)."""

    provisioned_concurrency: int = 0
    """Authorizer instances kept warm, billed by the hour."""

    snap_start: bool = False
    """Start instances from a Lambda SnapStart snapshot. Not together with
    `provisioned_concurrency`."""

    reserved_concurrency: int = 0
    """The most authorizer instances at one time, reserved from the account's pool; 0 reserves
    nothing."""


@dataclass(frozen=True, kw_only=True)
class JwtAuthorizerArgs(AuthorizerOptions, AuthorizerFiles, LoggedArgs):
    issuer: str
    """The `iss` claim of every token: the address that partners call, below which the key set is
    published."""

    registry_table: Input[str] | None = None
    """The table of the clients, a RegistryTable with the same `prefix`. Exactly one of this and
    `clients_file` must be set."""

    xray: bool = True
    """Send X-Ray traces of the function."""

    protect: bool = True
    """The signing keys cannot be destroyed."""

    @property
    def signer(self) -> str:
        """The label of the key that signs."""
        return self.signing_key or self.signing_keys[0]


class JwtAuthorizer(pulumi.ComponentResource):
    """A function that answers API Gateway's REQUEST authorizer events, and the keys it signs with.

    Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers".
    """

    uri: str
    """The authorizer's URI for the REST API, composed and so known at preview."""

    function_name: str
    """The function's name."""

    live_function: Output[str]
    """The function's name, once its alias exists: what the REST API may invoke."""

    live_alias: Output[str]
    """The alias that `uri` names."""

    jwks: Output[dict[str, Any]]
    """The key set with which a backend verifies tokens."""

    published_keys: list[PublishedKey]
    """The same keys, for the REST API's own route `/.well-known/jwks.json`."""

    log_group_name: Output[str]
    """The function's log group."""

    def __init__(
        self, name: str, args: JwtAuthorizerArgs, opts: ResourceOptions | None = None
    ) -> None:
        _check(args)
        package = authorizer_zip.build(args)
        super().__init__("portcullis:index:JwtAuthorizer", name, None, opts)
        self.function_name = authorizer_function_name(args.prefix)
        self.uri = args.place.invocation_uri(args.place.function(self.function_name, LIVE))
        self.signing_keys = {
            label: signing_key(
                f"{name}-signing-{label}",
                algorithm=RS256 if label in args.rsa_signing_keys else ES256,
                alias=f"alias/{args.prefix}-signing-{label}",
                issuer=args.issuer,
                place=args.place,
                signer_role=self.function_name,
                protect=args.protect,
                parent=self,
            )
            for label in args.signing_keys
        }
        self.published_keys = [key.published for key in self.signing_keys.values()]
        # The renewal's function decides by the same settings.
        self.environment = _environment(args, self.signing_keys[args.signer])
        made = live_function(
            name,
            args,
            function_name=self.function_name,
            description="Identifies the client by its certificate and issues it a JWT.",
            role_description="The authorizer: reads clients, signs tokens, writes its own log.",
            policy_name="authorizer",
            permissions=_permissions(args),
            package=package,
            handler=HANDLER,
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            environment=self.environment,
            xray=args.xray,
            snap_start=args.snap_start,
            reserved_concurrency=args.reserved_concurrency,
            parent=self,
        )
        self.log_group_name = made.log_group.name
        self.live_function, self.live_alias = made.alias.function_name, made.alias.name
        if args.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-warm",
                function_name=made.function.name,
                qualifier=made.alias.name,
                provisioned_concurrent_executions=args.provisioned_concurrency,
                opts=ResourceOptions(parent=self),
            )
        self.jwks: Output[dict[str, Any]] = Output.from_input(
            {"keys": [key.jwk for key in self.signing_keys.values()]}
        )
        self.register_outputs({"uri": self.uri, "jwks": self.jwks})


def _check(args: JwtAuthorizerArgs) -> None:
    if args.signer not in args.signing_keys:
        raise ValueError(
            f"signing_key {args.signer!r} must be one of signing_keys: "
            f"{', '.join(args.signing_keys)}"
        )
    if (args.clients_file is None) == (args.registry_table is None):
        raise ValueError("JwtAuthorizer needs a clients_file or a registry_table, and not both")
    if args.crl_table and (args.registry_table is None or args.crl_file is not None):
        raise ValueError("crl_table needs a registry_table and no crl_file")


def _revocation_lists(args: JwtAuthorizerArgs) -> str:
    """Where the function reads its issuers' lists: in the table, in its zip, or nowhere."""
    if args.crl_table:
        return "table"
    return "none" if args.crl_file is None else "file"


def _environment(args: JwtAuthorizerArgs, signer: SigningKey) -> dict[str, Input[str]]:
    """What ``authorizer/config.py`` reads."""
    environment: dict[str, Input[str]] = {
        "PORTCULLIS_ISSUER": args.issuer,
        "PORTCULLIS_AUDIENCE": args.audience,
        "PORTCULLIS_SIGNING_KEY": signer.arn,
        "PORTCULLIS_SIGNING_KID": signer.published["kid"],
        "PORTCULLIS_TOKEN_LIFE_SECONDS": str(args.token_life_seconds),
        "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": str(args.authorizer_cache_seconds),
        "PORTCULLIS_REGISTRY": "file" if args.registry_table is None else "dynamodb",
        "PORTCULLIS_REGISTRY_CACHE_SECONDS": str(args.registry_cache_seconds),
        "PORTCULLIS_REVOCATION_LISTS": _revocation_lists(args),
        "PORTCULLIS_CRL_GRACE_SECONDS": str(args.crl_grace_seconds),
        "PORTCULLIS_CLOCK_SKEW_SECONDS": str(args.certificate_clock_skew_seconds),
    }
    if signer.algorithm is not ES256:
        environment["PORTCULLIS_SIGNING_ALGORITHM"] = signer.algorithm.jwt_name
    # The renewal's function takes the caller's certificate from the authorizer's answer.
    if args.client_cert_header or args.renewal_route is not None:
        environment["PORTCULLIS_CLIENT_CERT_HEADER"] = "true"
    if args.registry_table is not None:
        environment["PORTCULLIS_REGISTRY_TABLE"] = args.registry_table
    return environment


def _permissions(args: JwtAuthorizerArgs) -> list[Statement]:
    return permissions(
        args.place,
        log_group_name=authorizer_log_group(args.prefix),
        table_name=None if args.registry_table is None else table_name(args.prefix),
        kms_key_arn=args.kms_key_arn,
        xray=args.xray,
    )
