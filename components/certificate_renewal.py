"""Certificate renewal: a Lambda function that signs a client's next certificate."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Input, Output, ResourceOptions

from components.arguments import LoggedArgs
from components.authorizer_permissions import permissions
from components.authorizer_zip.files import AuthorizerFiles, read_clients, read_contract
from components.authorizer_zip.renewal import HANDLER, build_renewal
from components.live_function import LIVE, live_function
from components.log_groups import renewal_function_name, renewal_log_group
from components.policy_documents import Statement, allow
from components.registry_table import table_name
from components.renewal_authority import RenewalAuthority, read_authority

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
        _warn_of_file(args)
        arn = args.place.function(renewal_function_name(args.prefix), LIVE)
        self.uri = args.place.invocation_uri(arn)
        made = live_function(
            name,
            args,
            function_name=renewal_function_name(args.prefix),
            description="Signs a client's next certificate with the key of the client CA.",
            role_description="The certificate renewal: reads clients, signs, writes its own log.",
            policy_name="renewal",
            permissions=_permissions(args, authority),
            package=build_renewal(args, authority.pem),
            handler=HANDLER,
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            environment=_environment(args, authority),
            xray=args.xray,
            parent=self,
        )
        self.log_group_name = made.log_group.name
        self.live_function, self.live_alias = made.alias.function_name, made.alias.name
        self.register_outputs({"uri": self.uri})


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


def _permissions(args: CertificateRenewalArgs, authority: RenewalAuthority) -> list[Statement]:
    """As the authorizer's, and: sign with one key, write two kinds of items."""
    table = None if args.registry_table is None else table_name(args.prefix)
    algorithm = {"kms:SigningAlgorithm": authority.signing_algorithm}
    statements = [
        *permissions(
            args.place,
            log_group_name=renewal_log_group(args.prefix),
            table_name=table,
            kms_key_arn=args.kms_key_arn,
            xray=args.xray,
        ),
        allow(
            "SignCertificates",
            "kms:Sign",
            authority.key_arn,
            Condition={"StringEquals": algorithm},
        ),
    ]
    if table is not None:
        condition = {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(WRITTEN_KEYS)},
            # Without it, a call that names no key would pass.
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
        resource = args.place.table(table)
        statements.append(
            allow("CountRenewals", "dynamodb:UpdateItem", resource, Condition=condition)
        )
    return statements


def _warn_of_file(args: CertificateRenewalArgs) -> None:
    """Say what a registry in a file cannot do."""
    if args.clients_file is None:
        return
    keep = "keep the clients in a table: pulumi config set portcullis:registry dynamodb"
    pulumi.log.warn(
        f"Clients are in {args.clients_file}, so each instance of the certificate renewal counts "
        f"by itself, and a client may get more than {args.certificate_renewals_per_day} "
        f"certificates a day. For an exact limit, {keep}"
    )
    scope = args.certificate_renewal_scope
    clients = read_clients(args, read_contract(args)).clients
    if pinned := [one.id for one in clients if one.pins and scope in one.scopes]:
        pulumi.log.warn(
            f"{args.clients_file} pins the certificates of {', '.join(sorted(pinned))}, which "
            f"cannot renew them: a new thumbprint needs a deploy. Remove the pins, or {keep}"
        )
