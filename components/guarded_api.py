"""GuardedApi: the four gates before one backend, composed in the order that keeps them closed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import pulumi
from pulumi import Output, ResourceOptions

from components.account import require_account
from components.arguments import LoggedArgs, NamedArgs
from components.authorizer_zip.files import AuthorizerFiles, read_clients, read_contract
from components.certificate_renewal import CertificateRenewal, CertificateRenewalArgs
from components.contract_api import ApiOptions, ContractApi, ContractApiArgs
from components.ip_families import IPV6, by_family
from components.jwt_authorizer import AuthorizerOptions, JwtAuthorizer, JwtAuthorizerArgs
from components.mtls_domain import DomainOptions, MtlsDomain, MtlsDomainArgs
from components.observability import Observability, ObservabilityArgs
from components.openid_configuration import openid_configuration
from components.registry_table import RegistryTable, RegistryTableArgs
from components.resource_tags import tagging
from components.truststore import read_truststore
from components.usage_plans import (
    UsageKey,
    UsagePlans,
    UsagePlansArgs,
    keys_by_client,
    keys_by_plan,
)
from components.waf_exceptions import check_exceptions, check_routes
from components.waf_shield import WafShield, WafShieldArgs, WebAclOptions

Part = Literal[
    "registry", "authorizer", "renewal", "api", "plans", "waf", "domain", "observability"
]
ArgsT = TypeVar("ArgsT", bound=NamedArgs)
ComponentT = TypeVar("ComponentT")


@dataclass(frozen=True, kw_only=True)
class GuardedApiArgs(
    ApiOptions, AuthorizerOptions, AuthorizerFiles, WebAclOptions, DomainOptions, LoggedArgs
):
    """Those of the components inside, each named once."""

    token_issuer: str | None = None
    """The `iss` claim of the tokens: an https address. `https://` and the domain if left out."""

    shield_advanced: bool = False
    """Protect the hosted zone with Shield Advanced, for about 3,000 USD a month. It cannot protect
    a regional API directly."""

    alarm_emails: Sequence[str] = ()
    """The addresses that receive alarms. AWS asks each of them to confirm."""

    xray: bool = True
    """Send X-Ray traces of the stage and the authorizer."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource that can have tags."""

    protect: bool = True
    """The signing keys, the API, the truststore, the domain and the table cannot be destroyed."""

    top_level_names: bool = False
    """For a stack in which the components stood at the top level: the resources inside keep the
    names `api`, `waf`, `domain` … without the component's name before them, and the deployed ones
    are taken over. At most one GuardedApi of a stack may have it."""


class GuardedApi(pulumi.ComponentResource):
    """A REST API that is reached through mutual TLS, a web ACL and an authorizer only.

    Composes MtlsDomain, WafShield, JwtAuthorizer and ContractApi with the table of the clients,
    usage plans, alarms and a dashboard where the arguments ask for them.
    Source: docs/architecture.md.
    """

    url: str
    """The API's address: `https://` and the domain."""

    issuer: str
    """The `iss` claim of the tokens."""

    default_endpoint: Output[str]
    """The execute-api address, which is disabled."""

    stage_name: Output[str]
    """The stage's name."""

    rest_api_id: Output[str]
    """The REST API's id."""

    jwks: Output[dict[str, Any]]
    """The key set with which the backend verifies tokens."""

    openid_configuration: dict[str, Any]
    """The discovery document of the issuer, for a public address that you publish it at."""

    web_acl_arn: Output[str]
    """The web ACL's ARN."""

    truststore_version: Output[str]
    """The version of the truststore's object that the domain uses."""

    domain_target: Output[str]
    """The regional name that the domain's own DNS record points at, without a hosted zone."""

    domain_target_zone_id: Output[str]
    """The hosted zone id of `domain_target`, for an alias record."""

    authorizer_function: str
    """The name of the authorizer's function."""

    access_log_group: Output[str]
    """The log group with one JSON line for each call."""

    backend_certificates_pem: Output[str]
    """The client certificates that the backend has to trust, as PEM; empty without any."""

    alarm_topic_arn: Output[str]
    """The topic that alarms are published to."""

    def __init__(
        self, name: str, args: GuardedApiArgs, opts: ResourceOptions | None = None
    ) -> None:
        # Read first: a file that cannot be used ends the program before anything is registered.
        truststore = read_truststore(Path(args.truststore_file), on_warning=lambda _: None)
        usage_keys = _usage_keys(args)
        _check_exceptions(args)
        tagged = ResourceOptions(transformations=[tagging(args.tags)])
        super().__init__(
            "portcullis:index:GuardedApi", name, None, ResourceOptions.merge(tagged, opts)
        )
        require_account(args.place, parent=self)
        self._prefix = "" if args.top_level_names else f"{name}-"
        # A client that could connect over IPv6 would do so, and be blocked by an allow-list
        # without IPv6.
        dual_stack = IPV6 in by_family(args.allowed_cidrs)
        self.issuer = args.token_issuer or f"https://{args.domain}"
        registry = self._registry(args)
        authorizer = self._authorizer(args, registry)
        renewal = self._renewal(args, authorizer, registry)
        api = self._api(args, authorizer, renewal, dual_stack=dual_stack)
        if args.rate_plans:
            self._part(
                UsagePlans,
                UsagePlansArgs,
                "plans",
                args,
                rest_api_id=api.rest_api_id,
                stage_name=api.stage_name,
                stage=args.stage_name,
                plans=args.rate_plans,
                keys=usage_keys,
            )
        waf = self._part(
            WafShield,
            WafShieldArgs,
            "waf",
            args,
            stage_arn=api.stage_arn,
            advanced_hosted_zone_id=args.hosted_zone_id if args.shield_advanced else None,
        )
        domain = self._part(
            MtlsDomain,
            MtlsDomainArgs,
            "domain",
            args,
            rest_api_id=api.rest_api_id,
            stage_name=api.stage_name,
            guards=[waf.association_urn],
            dual_stack=dual_stack,
        )
        watch = self._part(
            Observability,
            ObservabilityArgs,
            "observability",
            args,
            function_name=authorizer.function_name,
            web_acl_name=waf.web_acl_name,
            access_log_group_name=api.access_log_group_name,
            authorizer_log_group_name=authorizer.log_group_name,
            web_acl_log_group_name=waf.log_group_name,
            renewal_log_group_name=renewal.log_group_name if renewal else None,
            server_certificate_arn=domain.server_certificate_arn,
            # API Gateway asks for proof of ownership for exactly the certificates that ACM did
            # not issue.
            acm_renews_certificate=not args.ownership_verification_certificate_arn,
            issuers=truststore.issuers,
            presented_certificates=api.presented_certificates,
            has_revocation_lists=args.crl_table or args.crl_file is not None,
        )
        self.url = domain.url
        self.domain_target, self.domain_target_zone_id = domain.target, domain.target_zone_id
        self.truststore_version = domain.truststore_version
        self.rest_api_id, self.stage_name = api.rest_api_id, api.stage_name
        self.default_endpoint = api.default_endpoint
        self.access_log_group = api.access_log_group_name
        self.backend_certificates_pem = api.backend_certificates_pem
        self.jwks, self.authorizer_function = authorizer.jwks, authorizer.function_name
        self.openid_configuration = openid_configuration(
            self.issuer, [key.algorithm.jwt_name for key in authorizer.signing_keys.values()]
        )
        self.web_acl_arn = waf.web_acl_arn
        self.alarm_topic_arn = watch.topic_arn
        self.register_outputs({"url": self.url, "jwks": self.jwks})

    def _registry(self, args: GuardedApiArgs) -> RegistryTable | None:
        """The table of the clients; None where they are in a file."""
        if args.clients_file is not None:
            return None
        expires = args.renewal_route is not None
        return self._part(
            RegistryTable, RegistryTableArgs, "registry", args, has_expiring_items=expires
        )

    def _renewal(
        self, args: GuardedApiArgs, authorizer: JwtAuthorizer, registry: RegistryTable | None
    ) -> CertificateRenewal | None:
        """Signs the next certificate of a client, where the arguments ask for it."""
        if args.renewal_route is None:
            return None
        return self._part(
            CertificateRenewal,
            CertificateRenewalArgs,
            "renewal",
            args,
            authorizer_environment=authorizer.environment,
            registry_table=registry.table_name if registry else None,
        )

    def _authorizer(self, args: GuardedApiArgs, registry: RegistryTable | None) -> JwtAuthorizer:
        """Which client is calling, and what may it do?"""
        table = registry.table_name if registry else None
        return self._part(
            JwtAuthorizer,
            JwtAuthorizerArgs,
            "authorizer",
            args,
            issuer=self.issuer,
            registry_table=table,
        )

    def _api(
        self,
        args: GuardedApiArgs,
        authorizer: JwtAuthorizer,
        renewal: CertificateRenewal | None,
        *,
        dual_stack: bool,
    ) -> ContractApi:
        """The routes, their validation, and what the backend receives."""
        return self._part(
            ContractApi,
            ContractApiArgs,
            "api",
            args,
            public_url=f"https://{args.domain}",
            authorizer_uri=authorizer.uri,
            authorizer_function=authorizer.live_function,
            authorizer_alias=authorizer.live_alias,
            published_keys=authorizer.published_keys,
            renewal_uri=renewal.uri if renewal else None,
            renewal_function=renewal.live_function if renewal else None,
            renewal_alias=renewal.live_alias if renewal else None,
            has_rate_plans=bool(args.rate_plans),
            dual_stack=dual_stack,
        )

    def _part(
        self,
        kind: Callable[[str, ArgsT, ResourceOptions], ComponentT],
        args_kind: type[ArgsT],
        part: Part,
        args: GuardedApiArgs,
        **own: Any,
    ) -> ComponentT:
        """A component inside, with ``own`` arguments and those that it shares with ``args``."""
        given = {one.name for one in fields(args)}
        shared = {n: getattr(args, n) for n in (f.name for f in fields(args_kind)) if n in given}
        at_the_top = [pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        options = ResourceOptions(parent=self, aliases=at_the_top if args.top_level_names else [])
        return kind(f"{self._prefix}{part}", args_kind(**{**shared, **own}), options)


def _check_exceptions(args: GuardedApiArgs) -> None:
    check_exceptions(args.web_acl_exceptions, args.managed_rule_groups)
    if args.web_acl_exceptions:
        operations = read_contract(args).operations
        routes = [f"{one.method} {one.path}" for one in operations]
        check_routes(args.web_acl_exceptions, routes, args.contract_file)


def _usage_keys(args: GuardedApiArgs) -> list[UsageKey]:
    if args.clients_file is None:
        return keys_by_plan(args.rate_plans)
    clients = read_clients(args, read_contract(args)).clients
    return keys_by_client(
        args.rate_plans,
        {client.id: client.rate_plan for client in clients},
        file=args.clients_file,
    )
