"""Every setting reaches GuardedApi, and both have the same defaults."""

import dataclasses
from enum import Enum
from pathlib import Path

import pytest

from components.guarded_api import GuardedApiArgs
from components.usage_plans import PlanLimits
from components.waf_exceptions import ExceptedRoutes
from portcullis.managed_rules import BODY_SIZE
from portcullis.program import guarded_api_args
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.groups.operations import ExecutionLogLevel
from portcullis.settings.groups.web_acl import Shield
from portcullis.settings.rate_plans import RatePlan
from portcullis.settings.stack_settings import StackSettings
from portcullis.settings.web_acl_exceptions import WebAclException

PROJECT = Path("/project")
REQUIRED = {
    "stack": "dev",
    "region": "eu-central-1",
    "account_id": "111122223333",
    "domain": "api.example.com",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "truststore_file": "truststore.pem",
    "allowed_cidrs": ("203.0.113.0/24",),
    "backend_url": "https://backend.example.com",
    "alarm_emails": ("oncall@example.com",),
}
# Another value than the default for each setting whose argument has the same name.
OTHER = {
    "rate_limit": 1000,
    "rate_window_seconds": 600,
    "managed_rule_groups": ("AWSManagedRulesCommonRuleSet",),
    "registry_cache_seconds": 5,
    "certificate_clock_skew_seconds": 7,
    "audience": "orders",
    "token_life_seconds": 299,
    "authorizer_cache_seconds": 9,
    "signing_keys": ("b", "a"),
    "signing_key": "a",
    "rsa_signing_keys": ("b",),
    "token_issuer": "https://keys.example.com",
    "client_cert_header": True,
    "provisioned_concurrency": 2,
    "reserved_concurrency": 3,
    "certificate_renewal_hours": 8,
    "certificate_renewal_scope": "renew",
    "certificate_renewal_path": "/renew",
    "certificate_renewals_per_day": 6,
    "backend_certificates": ("second", "first"),
    "backend_timeout_seconds": 11,
    "throttle_rate": 12,
    "throttle_burst": 13,
    "log_retention_days": 14,
    "kms_key_arn": "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222",
    "execution_log_level": ExecutionLogLevel.INFO,
    "xray": False,
    "manage_account_logging": False,
    "tags": {"team": "payments"},
    "protect": False,
}
# Settings whose argument has another name or form, each with a test below.
DIFFERENT = {
    *("stack", "name_prefix", "region", "account_id", "registry", "shield"),
    "authorizer_platform",
    *("contract_file", "clients_file", "crl_file", "truststore_file", "rate_plans"),
    "web_acl_exceptions",
    *("certificate_arn", "ownership_verification_certificate_arn"),
    *("certificate_renewal_key_arn", "certificate_renewal_authority_file"),
    *("snap_start", "crl_table", "crl_grace_seconds"),
    *("backend_function_arn", "backend_vpc_link_id", "backend_load_balancer_arn"),
}
# Settings that a command reads, and no component.
OF_COMMANDS = {"crl_urls"}


def made(**changes):
    return guarded_api_args(StackSettings(**{**REQUIRED, **changes}), PROJECT)


def test_every_setting_is_in_one_of_the_lists_of_this_file():
    names = {one.name for one in dataclasses.fields(StackSettings)}
    assert names == set(REQUIRED) | set(OTHER) | DIFFERENT | OF_COMMANDS


@pytest.mark.parametrize("name", [*OTHER, "domain", "hosted_zone_id", "allowed_cidrs"])
def test_a_setting_reaches_the_argument_of_its_name(name):
    args = made(**OTHER)
    value = {**REQUIRED, **OTHER}[name]
    assert getattr(args, name) == (value.value if isinstance(value, Enum) else value)


def test_an_argument_that_is_left_out_is_what_the_setting_s_default_is():
    defaults = {
        one.name: one.default_factory() if one.default is dataclasses.MISSING else one.default
        for one in dataclasses.fields(GuardedApiArgs)
        if not (one.default is one.default_factory is dataclasses.MISSING)
    }
    own = {"signing_key", "build_folder", "top_level_names", "alarm_emails", "clients_file"}
    args = made()
    for name in defaults.keys() - own - REQUIRED.keys():
        given = getattr(args, name)
        assert given == defaults[name], name


def test_files_are_in_the_project():
    args = made(clients_file="c.yaml", crl_file="r.crl", contract_file="o.yaml")
    assert args.clients_file == "/project/c.yaml"
    assert args.crl_file == "/project/r.crl"
    assert args.contract_file == "/project/o.yaml"
    assert args.truststore_file == "/project/truststore.pem"
    assert args.build_folder == "/project/.portcullis/build"


def test_the_renewal_s_authority_is_a_file_of_the_project():
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    args = made(certificate_renewal_key_arn=key, certificate_renewal_authority_file="ca.pem")
    assert args.certificate_renewal_key_arn == key
    assert args.certificate_renewal_authority_file == "/project/ca.pem"


def test_a_table_takes_the_place_of_the_file():
    args = made(registry=RegistryStore.DYNAMODB, crl_table=True, crl_grace_seconds=60)
    assert args.clients_file is None
    assert (args.crl_table, args.crl_grace_seconds) == (True, 60)


FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:orders:live"
BALANCER = (
    "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/orders/"
    "50dc6c495c0c9188"
)


def test_a_function_takes_the_place_of_the_address():
    args = made(backend_url="", backend_function_arn=FUNCTION)
    assert (args.backend_url, args.backend_function_arn) == (None, FUNCTION)


def test_a_private_backend_has_its_link_and_balancer():
    args = made(backend_vpc_link_id="abc123", backend_load_balancer_arn=BALANCER)
    assert (args.vpc_link_id, args.load_balancer_arn) == ("abc123", BALANCER)


def test_names_and_arns_come_from_the_stack():
    args = made()
    assert (args.prefix, args.stage_name) == ("portcullis-dev", "dev")
    assert (args.place.region, args.place.account_id) == ("eu-central-1", "111122223333")
    assert args.platform == "lambda"
    assert made(name_prefix="orders").prefix == "orders-dev"


def test_a_certificate_of_one_s_own_takes_the_place_of_the_zone():
    arn = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222"
    args = made(
        hosted_zone_id="", certificate_arn=arn, ownership_verification_certificate_arn=f"{arn}-b"
    )
    assert (args.hosted_zone_id, args.certificate_arn) == (None, arn)
    assert args.ownership_verification_certificate_arn == f"{arn}-b"


def test_shield_snap_start_and_rate_plans():
    plans = {"gold": RatePlan(rate_per_second=1, burst=2, quota_per_day=3)}
    args = made(shield=Shield.ADVANCED, snap_start=True, rate_plans=plans)
    assert args.shield_advanced
    assert args.snap_start
    assert args.rate_plans == {"gold": PlanLimits(rate_per_second=1, burst=2, quota_per_day=3)}


def test_exceptions_of_the_web_acl():
    exception = WebAclException(routes=("POST /",), reason="Orders are PDF files.")
    args = made(web_acl_exceptions={BODY_SIZE: exception})
    assert args.web_acl_exceptions == {
        BODY_SIZE: ExceptedRoutes(routes=("POST /",), reason="Orders are PDF files.")
    }
