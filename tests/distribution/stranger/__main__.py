"""A program that is not ours, whose own packages have the names of ours."""

from pathlib import Path

import pulumi
from portcullis_gates.components.arn import Place
from portcullis_gates.components.certificate_renewal import (
    CertificateRenewal,
    CertificateRenewalArgs,
)
from portcullis_gates.components.contract_api import ContractApi, ContractApiArgs
from portcullis_gates.components.guarded_api import GuardedApi, GuardedApiArgs
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
from portcullis_gates.components.waf_shield import WafShield, WafShieldArgs

import authorizer
import components
import policies
import portcullis

if {m.OWNER for m in (authorizer, components, policies, portcullis)} != {"acme"}:
    raise ImportError("a package of this program is hidden by another one")

here = Path(__file__).parent
prefix = "acme-orders-dev"
place = Place(region="eu-central-1", account_id="111122223333")
renewals = {
    "certificate_renewal_key_arn": "arn:aws:kms:eu-central-1:111122223333:key/client-ca",
    "certificate_renewal_authority_file": str(here / ".portcullis/pki/client-ca/intermediate.pem"),
}
files = {
    "contract_file": str(here / "orders.openapi.yaml"),
    "truststore_file": str(here / ".portcullis/pki/truststore.pem"),
    **renewals,
}
code = {
    "prefix": prefix,
    "place": place,
    "platform": "laptop",
    "build_folder": str(here / ".portcullis" / "build"),
    **files,
}
truststore = read_truststore(Path(files["truststore_file"]), on_warning=pulumi.log.warn)
plans = {"gold": PlanLimits(rate_per_second=10, burst=20)}
table = RegistryTable(
    "registry", RegistryTableArgs(prefix=prefix, has_expiring_items=True, protect=False)
)
gate = JwtAuthorizer(
    "authorizer",
    JwtAuthorizerArgs(
        issuer="https://api.acme.example",
        audience="orders",
        registry_table=table.table_name,
        rate_plans=plans,
        protect=False,
        **code,
    ),
)
renewal = CertificateRenewal(
    "renewal",
    CertificateRenewalArgs(
        authorizer_environment=gate.environment,
        registry_table=table.table_name,
        rate_plans=plans,
        **code,
    ),
)
api = ContractApi(
    "api",
    ContractApiArgs(
        prefix=prefix,
        place=place,
        contract_file=files["contract_file"],
        stage_name="dev",
        public_url="https://api.acme.example",
        backend_url="https://orders.acme.example",
        backend_certificates=["a"],
        authorizer_uri=gate.uri,
        authorizer_function=gate.live_function,
        authorizer_alias=gate.live_alias,
        published_keys=gate.published_keys,
        renewal_uri=renewal.uri,
        renewal_function=renewal.live_function,
        renewal_alias=renewal.live_alias,
        has_rate_plans=True,
        protect=False,
        **renewals,
    ),
)
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
        rate_limit=1000,
    ),
)
domain = MtlsDomain(
    "domain",
    MtlsDomainArgs(
        prefix=prefix,
        place=place,
        domain="api.acme.example",
        truststore_file=files["truststore_file"],
        rest_api_id=api.rest_api_id,
        stage_name=api.stage_name,
        guards=[waf.association_urn],
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
        authorizer_log_group_name=gate.log_group_name,
        web_acl_log_group_name=waf.log_group_name,
        renewal_log_group_name=renewal.log_group_name,
        server_certificate_arn=domain.server_certificate_arn,
        acm_renews_certificate=True,
        issuers=truststore.issuers,
        has_revocation_lists=False,
    ),
)
returns = GuardedApi(
    "returns",
    GuardedApiArgs(
        prefix="acme-returns-dev",
        place=place,
        stage_name="dev",
        domain="returns.acme.example",
        hosted_zone_id="Z0123456789EXAMPLE",
        allowed_cidrs=["203.0.113.0/24"],
        audience="returns",
        backend_url="https://returns.acme.example",
        backend_certificates=["a"],
        platform="laptop",
        build_folder=str(here / ".portcullis" / "build"),
        manage_account_logging=False,
        protect=False,
        **files,
    ),
)
pulumi.export("url", domain.url)
pulumi.export("returns", returns.url)
