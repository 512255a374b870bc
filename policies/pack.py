"""The pack: every rule as a CrossGuard policy, with the waivers applied."""

from collections.abc import Callable

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from .reading.resource import Resource, Stack
from .rule import ResourceRule, Rule, StackRule
from .rules import RULES

NAME = "portcullis"
TITLE = "Portcullis: no way around mutual TLS, the web ACL and the authorizer"


def serve() -> None:
    """Serve the pack until the process is stopped."""
    PolicyPack(
        NAME,
        policies=policies(),
        enforcement_level=EnforcementLevel.MANDATORY,
        display_name=TITLE,
        provider="aws",
    )


def policies() -> list[Policy]:
    return [_policy(rule) for rule in RULES]


def _policy(rule: ResourceRule | StackRule) -> Policy:
    build: Callable[..., Policy] = (
        ResourceValidationPolicy if isinstance(rule, ResourceRule) else StackValidationPolicy
    )
    return build(
        name=rule.name,
        description=rule.title,
        display_name=rule.title,
        validate=_validation(rule),
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=rule.severity,
        config_schema=_schema(rule),
        framework=_framework(rule),
        tags=[rule.name.partition("-")[0], *rule.frameworks],
        remediation_steps=rule.fix,
        url=rule.url,
    )


def _validation(rule: ResourceRule | StackRule) -> Callable[..., None]:
    if isinstance(rule, ResourceRule):
        resource_rule = rule

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type in resource_rule.types:
                settings = resource_rule.with_defaults(args.get_config())
                for message in resource_rule.messages(Resource(args), settings):
                    report(message, None)

        return validate
    stack_rule = rule

    def validate_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack(args.resources)
        settings = stack_rule.with_defaults(args.get_config())
        for resource in stack.of_type(*sorted(stack_rule.types)):
            for message in stack_rule.messages(resource, stack, settings):
                report(message, resource.urn)

    return validate_stack


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.settings:
        return None
    return PolicyConfigSchema({name: dict(schema) for name, schema in rule.settings.items()})


def _framework(rule: Rule) -> PolicyComplianceFramework | None:
    if not rule.frameworks:
        return None
    name, _, reference = rule.frameworks[0].rpartition(" ")
    return PolicyComplianceFramework(name=name, reference=reference)
