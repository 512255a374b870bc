"""A program that is not ours, whose own packages have the names of ours."""

from pathlib import Path

import pulumi
from portcullis_gates.components.arn import Place
from portcullis_gates.components.authorizer_zip.build import Platform, ScopedRoute, build
from portcullis_gates.components.contract_api import ContractApi, ContractApiArgs
from portcullis_gates.components.jwt_authorizer import JwtAuthorizer, JwtAuthorizerArgs
from portcullis_gates.components.mtls_domain import MtlsDomain, MtlsDomainArgs
from portcullis_gates.components.observability import Observability, ObservabilityArgs
from portcullis_gates.components.registry_table import RegistryTable, RegistryTableArgs
from portcullis_gates.components.truststore import read_truststore
from portcullis_gates.components.usage_plans import (
    PlanLimits,
    UsagePlans,
    UsagePlansArgs,
    keys_by_plan,
)
from portcullis_gates.components.waf_rules import RateLimit
from portcullis_gates.components.waf_shield import WafShield, WafShieldArgs
from portcullis_gates.portcullis.contract.contract import Contract
from portcullis_gates.portcullis.registry import ClientRegistry

import authorizer
import components
import policies
import portcullis

if {m.OWNER for m in (authorizer, components, policies, portcullis)} != {"acme"}:
    raise ImportError("a package of this program is hidden by another one")

here = Path(__file__).parent
prefix = "acme-orders-dev"
place = Place(region="eu-central-1", account_id="111122223333")
contract = Contract.load(here / "orders.openapi.yaml")
truststore = read_truststore(here / ".portcullis/pki/truststore.pem", on_warning=pulumi.log.warn)
code = build(
    clients_json=ClientRegistry(clients=()).to_json(),
    routes=[
        ScopedRoute(method=o.method, path=o.path, scope=o.scope)
        for o in contract.operations
        if o.scope
    ],
    platform=Platform.LAPTOP,
    cache_dir=here / ".portcullis" / "build",
)
table = RegistryTable("registry", RegistryTableArgs(prefix=prefix, kms_key_arn=None, protect=False))
gate = JwtAuthorizer(
    "authorizer",
    JwtAuthorizerArgs(
        prefix=prefix,
        place=place,
        code=code.path,
        code_hash=code.source_code_hash,
        issuer="https://api.acme.example",
        audience="orders",
        token_life_seconds=300,
        cache_seconds=0,
        signing_keys=["a"],
        signing_key="a",
        registry_table=table.table_name,
        registry_cache_seconds=30,
        revocation_lists="none",
        crl_grace_seconds=0,
        clock_skew_seconds=0,
        provisioned_concurrency=0,
        snap_start=False,
        reserved_concurrency=0,
        log_retention_days=30,
        kms_key_arn=None,
        xray=True,
        protect=False,
    ),
)
api = ContractApi(
    "api",
    ContractApiArgs(
        prefix=prefix,
        place=place,
        contract=contract,
        stage_name="dev",
        public_url="https://api.acme.example",
        backend_url="https://orders.acme.example",
        dual_stack=False,
        authorizer_uri=gate.uri,
        authorizer_alias=gate.live_alias,
        published_keys=gate.published_keys,
        authorizer_cache_seconds=0,
        has_rate_plans=True,
        backend_timeout_seconds=29,
        throttle_rate=100,
        throttle_burst=200,
        log_retention_days=30,
        kms_key_arn=None,
        execution_log_level="ERROR",
        xray=True,
        manage_account_logging=True,
        protect=False,
    ),
)
plans = {"gold": PlanLimits(rate_per_second=10, burst=20, quota_per_day=None)}
UsagePlans(
    "plans",
    UsagePlansArgs(
        prefix=prefix,
        rest_api_id=api.rest_api_id,
        stage_name=api.stage_name,
        stage="dev",
        plans=plans,
        keys=keys_by_plan(plans),
    ),
)
waf = WafShield(
    "waf",
    WafShieldArgs(
        prefix=prefix,
        place=place,
        stage_arn=api.stage_arn,
        allowed_cidrs=["203.0.113.0/24"],
        rate_limit=RateLimit(calls=1000, window_seconds=300),
        managed_rule_groups=[
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            "AWSManagedRulesSQLiRuleSet",
        ],
        log_retention_days=30,
        kms_key_arn=None,
        advanced_hosted_zone_id=None,
    ),
)
domain = MtlsDomain(
    "domain",
    MtlsDomainArgs(
        prefix=prefix,
        place=place,
        domain="api.acme.example",
        truststore=truststore,
        kms_key_arn=None,
        dual_stack=False,
        rest_api_id=api.rest_api_id,
        stage_name=api.stage_name,
        guards=[waf.association],
        hosted_zone_id="Z0123456789EXAMPLE",
        protect=False,
    ),
)
Observability(
    "observability",
    ObservabilityArgs(
        prefix=prefix,
        place=place,
        stage_name="dev",
        function_name=gate.function_name,
        web_acl_name=waf.web_acl_name,
        access_log_group_name=api.access_log_group_name,
        server_certificate_arn=domain.server_certificate_arn,
        acm_renews_certificate=True,
        issuers=truststore.issuers,
        has_revocation_lists=False,
        alarm_emails=[],
        kms_key_arn=None,
    ),
)
pulumi.export("url", domain.url)
