"""What the program's GuardedApi gets from the stack's settings and from earlier versions."""

from pathlib import Path

from pulumi import ROOT_STACK_RESOURCE, Alias, ResourceOptions, ResourceTransformation
from pulumi import ResourceTransformationArgs as Registration
from pulumi import ResourceTransformationResult as Registered

from components.arn import Place
from components.contract_api import ContractApi
from components.guarded_api import GuardedApiArgs
from components.usage_plans import PlanLimits
from components.waf_exceptions import ExceptedRoutes
from portcullis.sample import SAMPLE
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.groups.web_acl import Shield
from portcullis.settings.stack_settings import StackSettings

BUILD_FOLDER = Path(".portcullis") / "build"


def earlier_api() -> ResourceOptions:
    """Takes over the REST API's component of a stack made by an earlier version of the program."""
    alias = Alias(type_=SAMPLE.component_type, parent=ROOT_STACK_RESOURCE)

    def add(made: Registration) -> Registered | None:
        if made.type_ != ContractApi.TYPE:
            return None
        options = ResourceOptions.merge(made.opts, ResourceOptions(aliases=[alias]))
        return Registered(props=made.props, opts=options)

    transformations: list[ResourceTransformation] = [add]
    return ResourceOptions(transformations=transformations)


# One line for each setting: a table that is easier to check whole.
def guarded_api_args(
    settings: StackSettings, project: Path, *, top_level_names: bool = False
) -> GuardedApiArgs:
    """The arguments of the stack's GuardedApi. Files are in the folder ``project``.

    ``top_level_names`` is for stacks that were deployed before GuardedApi existed.
    """
    in_table = settings.registry is RegistryStore.DYNAMODB
    return GuardedApiArgs(
        prefix=settings.name,
        place=Place(region=settings.region, account_id=settings.account_id),
        stage_name=settings.stack,
        domain=settings.domain,
        hosted_zone_id=settings.hosted_zone_id or None,
        certificate_arn=settings.certificate_arn or None,
        ownership_verification_certificate_arn=(
            settings.ownership_verification_certificate_arn or None
        ),
        truststore_file=str(project / settings.truststore_file),
        allowed_cidrs=settings.allowed_cidrs,
        rate_limit=settings.rate_limit,
        rate_window_seconds=settings.rate_window_seconds,
        managed_rule_groups=settings.managed_rule_groups,
        web_acl_exceptions={
            rule: ExceptedRoutes(routes=exception.routes, reason=exception.reason)
            for rule, exception in settings.web_acl_exceptions.items()
        },
        shield_advanced=settings.shield is Shield.ADVANCED,
        clients_file=None if in_table else str(project / settings.registry_file),
        registry_cache_seconds=settings.registry_cache_seconds,
        crl_file=str(project / settings.crl_file) if settings.crl_file else None,
        crl_table=settings.crl_table,
        crl_grace_seconds=settings.crl_grace_seconds,
        certificate_clock_skew_seconds=settings.certificate_clock_skew_seconds,
        rate_plans={
            name: PlanLimits(
                rate_per_second=plan.rate_per_second,
                burst=plan.burst,
                quota_per_day=plan.quota_per_day,
            )
            for name, plan in settings.rate_plans.items()
        },
        audience=settings.token_audience,
        token_life_seconds=settings.token_life_seconds,
        authorizer_cache_seconds=settings.authorizer_cache_seconds,
        signing_keys=settings.signing_keys,
        signing_key=settings.signer,
        rsa_signing_keys=settings.rsa_signing_keys,
        token_issuer=settings.token_issuer or None,
        client_cert_header=settings.client_cert_header,
        platform=settings.authorizer_platform.value,
        provisioned_concurrency=settings.provisioned_concurrency,
        snap_start=settings.snap_start,
        reserved_concurrency=settings.reserved_concurrency,
        contract_file=str(project / settings.contract_file),
        certificate_renewal_key_arn=settings.certificate_renewal_key_arn or None,
        certificate_renewal_authority_file=(
            str(project / settings.certificate_renewal_authority_file)
            if settings.certificate_renewal_authority_file
            else None
        ),
        certificate_renewal_hours=settings.certificate_renewal_hours,
        certificate_renewal_scope=settings.certificate_renewal_scope,
        certificate_renewal_path=settings.certificate_renewal_path,
        certificate_renewals_per_day=settings.certificate_renewals_per_day,
        backend_url=settings.backend_url or None,
        backend_function_arn=settings.backend_function_arn or None,
        vpc_link_id=settings.backend_vpc_link_id or None,
        load_balancer_arn=settings.backend_load_balancer_arn or None,
        backend_certificates=settings.backend_certificates,
        backend_timeout_seconds=settings.backend_timeout_seconds,
        throttle_rate=settings.throttle_rate,
        throttle_burst=settings.throttle_burst,
        log_retention_days=settings.log_retention_days,
        kms_key_arn=settings.kms_key_arn or None,
        execution_log_level=settings.execution_log_level.value,
        xray=settings.xray,
        manage_account_logging=settings.manage_account_logging,
        alarm_emails=settings.alarm_emails,
        tags=settings.tags,
        protect=settings.protect,
        build_folder=str(project / BUILD_FOLDER),
        top_level_names=top_level_names,
    )
