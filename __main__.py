"""Four gates in front of a business API: settings, components, outputs."""

from pathlib import Path

import pulumi

from components.account import require_account
from components.arn import Place
from components.authorizer_zip import for_stack as authorizer_code
from components.contract_api import ContractApi, ContractApiArgs
from components.ip_families import IPV6, by_family
from components.jwt_authorizer import JwtAuthorizer, JwtAuthorizerArgs
from components.mtls_domain import MtlsDomain, MtlsDomainArgs
from components.observability import Observability, ObservabilityArgs
from components.registry_table import RegistryTable, RegistryTableArgs
from components.resource_tags import tag_resources
from components.truststore import read_truststore
from components.usage_plans import (
    PlanLimits,
    UsagePlans,
    UsagePlansArgs,
    keys_by_client,
    keys_by_plan,
)
from components.waf_rules import RateLimit
from components.waf_shield import WafShield, WafShieldArgs
from portcullis.contract.contract import Contract
from portcullis.sample import SAMPLE
from portcullis.settings.engine_config import load_settings
from portcullis.settings.groups.clients import RegistryStore, RevocationListStore
from portcullis.settings.groups.web_acl import Shield

project = Path(__file__).resolve().parent

settings = load_settings()
tag_resources(settings.tags)
place = Place(region=settings.region, account_id=settings.account_id)
require_account(place)
# A client that could connect over IPv6 would do so, and be blocked by an allow-list without IPv6.
dual_stack = IPV6 in by_family(settings.allowed_cidrs)
kms_key_arn = settings.kms_key_arn or None
contract = Contract.load(project / settings.contract_file)
clients = authorizer_code.packed_clients(settings, contract, project)
truststore = read_truststore(project / settings.truststore_file, on_warning=pulumi.log.warn)
code = authorizer_code.build(settings, contract, clients, truststore, project)
usage_keys = (
    keys_by_plan(settings.rate_plans)
    if settings.registry is RegistryStore.DYNAMODB
    else keys_by_client(
        settings.rate_plans,
        {client.id: client.rate_plan for client in clients.clients},
        file=settings.registry_file,
    )
)

# Authorizer: which client is calling, and what may it do?
registry = (
    RegistryTable(
        "registry",
        RegistryTableArgs(prefix=settings.name, kms_key_arn=kms_key_arn, protect=settings.protect),
    )
    if settings.registry is RegistryStore.DYNAMODB
    else None
)
authorizer = JwtAuthorizer(
    "authorizer",
    JwtAuthorizerArgs(
        prefix=settings.name,
        place=place,
        code=code.path,
        code_hash=code.source_code_hash,
        issuer=settings.issuer,
        audience=settings.audience,
        token_life_seconds=settings.token_life_seconds,
        cache_seconds=settings.authorizer_cache_seconds,
        signing_keys=settings.signing_keys,
        signing_key=settings.signer,
        registry_table=registry.table_name if registry else None,
        registry_cache_seconds=settings.registry_cache_seconds,
        revocation_lists=settings.revocation_lists.value,
        crl_grace_seconds=settings.crl_grace_seconds,
        clock_skew_seconds=settings.certificate_clock_skew_seconds,
        provisioned_concurrency=settings.provisioned_concurrency,
        snap_start=settings.snap_start,
        reserved_concurrency=settings.reserved_concurrency,
        log_retention_days=settings.log_retention_days,
        kms_key_arn=kms_key_arn,
        xray=settings.xray,
        protect=settings.protect,
    ),
)

# Header mapping: the routes, their validation, and what the backend receives.
api = ContractApi(
    "api",
    ContractApiArgs(
        prefix=settings.name,
        place=place,
        contract=contract,
        stage_name=settings.stack,
        public_url=settings.issuer,
        backend_url=settings.backend_url,
        dual_stack=dual_stack,
        backend_timeout_seconds=settings.backend_timeout_seconds,
        authorizer_uri=authorizer.uri,
        authorizer_alias=authorizer.live_alias,
        authorizer_cache_seconds=settings.authorizer_cache_seconds,
        has_rate_plans=bool(settings.rate_plans),
        published_keys=authorizer.published_keys,
        throttle_rate=settings.throttle_rate,
        throttle_burst=settings.throttle_burst,
        log_retention_days=settings.log_retention_days,
        kms_key_arn=kms_key_arn,
        execution_log_level=settings.execution_log_level,
        xray=settings.xray,
        manage_account_logging=settings.manage_account_logging,
        protect=settings.protect,
    ),
    # Its type in stacks of earlier versions of this program.
    pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=SAMPLE.component_type)]),
)

if settings.rate_plans:
    UsagePlans(
        "plans",
        UsagePlansArgs(
            prefix=settings.name,
            rest_api_id=api.rest_api_id,
            stage_name=api.stage_name,
            stage=settings.stack,
            plans={
                name: PlanLimits(
                    rate_per_second=plan.rate_per_second,
                    burst=plan.burst,
                    quota_per_day=plan.quota_per_day,
                )
                for name, plan in settings.rate_plans.items()
            },
            keys=usage_keys,
        ),
    )

# Web ACL: from which addresses, how often, and what must a call not contain?
waf = WafShield(
    "waf",
    WafShieldArgs(
        prefix=settings.name,
        place=place,
        stage_arn=api.stage_arn,
        allowed_cidrs=settings.allowed_cidrs,
        rate_limit=RateLimit(
            calls=settings.rate_limit, window_seconds=settings.rate_window_seconds
        ),
        managed_rule_groups=settings.managed_rule_groups,
        log_retention_days=settings.log_retention_days,
        kms_key_arn=kms_key_arn,
        advanced_hosted_zone_id=(
            settings.hosted_zone_id if settings.shield is Shield.ADVANCED else None
        ),
    ),
)

# Mutual TLS: the only way in, mapped to the stage after the web ACL is on it.
domain = MtlsDomain(
    "domain",
    MtlsDomainArgs(
        prefix=settings.name,
        place=place,
        domain=settings.domain,
        truststore=truststore,
        kms_key_arn=kms_key_arn,
        dual_stack=dual_stack,
        rest_api_id=api.rest_api_id,
        stage_name=api.stage_name,
        guards=[waf.association],
        hosted_zone_id=settings.hosted_zone_id or None,
        certificate_arn=settings.certificate_arn or None,
        ownership_verification_certificate_arn=(
            settings.ownership_verification_certificate_arn or None
        ),
        protect=settings.protect,
    ),
)

Observability(
    "observability",
    ObservabilityArgs(
        prefix=settings.name,
        place=place,
        stage_name=settings.stack,
        function_name=authorizer.function_name,
        web_acl_name=waf.web_acl_name,
        access_log_group_name=api.access_log_group_name,
        authorizer_log_group_name=authorizer.log_group_name,
        web_acl_log_group_name=waf.log_group_name,
        server_certificate_arn=domain.server_certificate_arn,
        # API Gateway wants proof of ownership for exactly the certificates that ACM did not issue.
        acm_renews_certificate=not settings.ownership_verification_certificate_arn,
        issuers=truststore.issuers,
        has_revocation_lists=settings.revocation_lists is not RevocationListStore.NONE,
        alarm_emails=settings.alarm_emails,
        kms_key_arn=kms_key_arn,
    ),
)

pulumi.export("url", domain.url)
pulumi.export("defaultEndpoint", api.default_endpoint)
pulumi.export("stage", api.stage_name)
pulumi.export("issuer", settings.issuer)
pulumi.export("audience", settings.audience)
pulumi.export("jwks", authorizer.jwks)
pulumi.export("backendUrl", settings.backend_url)
pulumi.export("webAclArn", waf.web_acl_arn)
pulumi.export("truststoreVersion", domain.truststore_version)
pulumi.export("authorizerFunction", authorizer.function_name)
pulumi.export("accessLogGroup", api.access_log_group_name)
