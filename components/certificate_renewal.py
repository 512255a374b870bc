"""Certificate renewal: a Lambda function that signs a client's next certificate."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.arguments import LoggedArgs
from components.authorizer_permissions import permissions, trust_policy
from components.authorizer_zip.files import AuthorizerFiles, read_clients, read_contract
from components.authorizer_zip.renewal import HANDLER, build_renewal
from components.log_groups import renewal_function_name, renewal_log_group
from components.registry_table import table_name
from components.renewal_authority import RenewalAuthority, read_authority

RUNTIME = "python3.13"
LIVE = "live"  # the alias that API Gateway calls
MEMORY_MB = 512
TIMEOUT_SECONDS = 15  # two attempts to sign, and the registry
# As the authorizer's item keys are written: a client's count, and successors of pinned
# certificates. Everything else in the table says what clients may do, or what is revoked.
WRITTEN_KEYS = ("renewals#*", "renewed#*")


@dataclass(frozen=True, kw_only=True)
class CertificateRenewalArgs(AuthorizerFiles, LoggedArgs):
    authorizer_environment: Mapping[str, Input[str]]
    """The variables of the authorizer's function: the renewal decides by the same settings."""

    registry_table: Input[str] | None = None
    """The table of the clients, where they are not in a file."""

    xray: bool = True
    """Send X-Ray traces of the function."""


class CertificateRenewal(pulumi.ComponentResource):
    """A function behind one route of the API, and a role that signs with the CA's key alone.

    Source: docs/guide/certificate-renewal.md.
    """

    uri: str
    """The URI of the route's integration, composed and so known at preview."""

    live_function: Output[str]
    """The function's name, once its alias exists: what the REST API may invoke."""

    live_alias: Output[str]
    """The alias that `uri` names."""

    log_group_name: Output[str]
    """The log group of the function."""

    def __init__(
        self, name: str, args: CertificateRenewalArgs, opts: ResourceOptions | None = None
    ) -> None:
        authority = read_authority(args)
        super().__init__("portcullis:index:CertificateRenewal", name, None, opts)
        _warn_of_pins(args)
        arn = args.place.function(renewal_function_name(args.prefix), LIVE)
        self.uri = args.place.invocation_uri(arn)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=renewal_log_group(args.prefix),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            opts=ResourceOptions(parent=self),
        )
        self.log_group_name = log_group.name
        function = self._function(name, args, authority, log_group)
        live = aws.lambda_.Alias(
            f"{name}-live",
            name=LIVE,
            description="The version that API Gateway calls.",
            function_name=function.name,
            function_version=function.version,
            opts=ResourceOptions(parent=self),
        )
        self.live_function, self.live_alias = live.function_name, live.name
        self.register_outputs({"uri": self.uri})

    def _function(
        self,
        name: str,
        args: CertificateRenewalArgs,
        authority: RenewalAuthority,
        log_group: aws.cloudwatch.LogGroup,
    ) -> aws.lambda_.Function:
        package = build_renewal(args, authority.pem)
        role = aws.iam.Role(
            f"{name}-role",
            name=renewal_function_name(args.prefix),
            description="The certificate renewal: reads clients, signs, writes its own log.",
            assume_role_policy=json.dumps(trust_policy(), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-permissions",
            name="renewal",
            role=role.name,
            policy=json.dumps(_permissions(args, authority), sort_keys=True),
            opts=ResourceOptions(parent=self),
        )
        return aws.lambda_.Function(
            f"{name}-function",
            name=renewal_function_name(args.prefix),
            description="Signs a client's next certificate with the key of the client CA.",
            role=role.arn,
            handler=HANDLER,
            runtime=RUNTIME,
            architectures=["arm64"],
            code=pulumi.FileArchive(str(package.path)),
            source_code_hash=package.source_code_hash,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            kms_key_arn=args.kms_key_arn,
            environment={"variables": _environment(args, authority)},
            tracing_config={"mode": "Active" if args.xray else "PassThrough"},
            logging_config={
                "log_format": "JSON",
                "application_log_level": "INFO",
                "system_log_level": "WARN",
                "log_group": log_group.name,
            },
            publish=True,
            opts=ResourceOptions(parent=self, depends_on=[role_policy]),
        )


def _environment(
    args: CertificateRenewalArgs, authority: RenewalAuthority
) -> dict[str, Input[str]]:
    """What ``portcullis/renewal/terms.py`` reads, beside the authorizer's variables."""
    return {
        **args.authorizer_environment,
        "PORTCULLIS_RENEWAL_KEY": authority.key_arn,
        "PORTCULLIS_RENEWAL_HOURS": str(args.certificate_renewal_hours),
        "PORTCULLIS_RENEWAL_SCOPE": args.certificate_renewal_scope,
        "PORTCULLIS_RENEWALS_PER_DAY": str(args.certificate_renewals_per_day),
    }


def _permissions(args: CertificateRenewalArgs, authority: RenewalAuthority) -> dict[str, Any]:
    """As the authorizer's, and: sign with one key, write two kinds of items."""
    table = None if args.registry_table is None else table_name(args.prefix)
    document = permissions(
        args.place,
        log_group_name=renewal_log_group(args.prefix),
        table_name=table,
        kms_key_arn=args.kms_key_arn,
        xray=args.xray,
    )
    document["Statement"].append(
        {
            "Sid": "SignCertificates",
            "Effect": "Allow",
            "Action": "kms:Sign",
            "Resource": authority.key_arn,
            "Condition": {"StringEquals": {"kms:SigningAlgorithm": authority.signing_algorithm}},
        }
    )
    if table is not None:
        document["Statement"].append(
            {
                "Sid": "CountRenewals",
                "Effect": "Allow",
                "Action": "dynamodb:UpdateItem",
                "Resource": args.place.table(table),
                "Condition": {
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(WRITTEN_KEYS)},
                    # Without it, a call that names no key would pass.
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            }
        )
    return document


def _warn_of_pins(args: CertificateRenewalArgs) -> None:
    if args.clients_file is None:
        return
    scope = args.certificate_renewal_scope
    clients = read_clients(args, read_contract(args)).clients
    if pinned := [one.id for one in clients if one.pins and scope in one.scopes]:
        pulumi.log.warn(
            f"{args.clients_file} pins the certificates of {', '.join(sorted(pinned))}, which "
            "cannot renew them: a new thumbprint needs a deploy. Remove the pins, or keep the "
            "clients in a table: pulumi config set portcullis:registry dynamodb"
        )
