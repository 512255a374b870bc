"""Builds the CrossGuard policies from the rules and applies the waivers."""

import gc
from collections.abc import Callable, Iterable
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.reading.resource import STACK_TYPE, JudgedResource, Stack
from policies.rule import ResourceRule, Rule, StackRule
from policies.rules import RULES
from policies.waivers import Report, Waivers

NAME = "portcullis"
TITLE = "Portcullis: APIs are reachable only through mutual TLS, web ACL and authorizer"
WAIVERS_FILE = "waivers.yaml"
IN_FORCE = "portcullis-waivers-in-force"
ARE_NEEDED = "portcullis-waivers-are-needed"
ARE_CURRENT = "portcullis-waivers-are-current"
CORRECT = f"correct the entry in {WAIVERS_FILE}, or remove it"
REMOVE = f"remove the entry from {WAIVERS_FILE}"
COLLECT_AFTER = 200_000  # objects


def serve(folder: Path) -> None:
    """Serve the pack with the waivers in ``folder`` until the process is stopped."""
    waivers = Waivers.read(folder / WAIVERS_FILE, [rule.name for rule in RULES])
    # The policy SDK decodes the whole stack again for every rule. With the default threshold the
    # garbage collector scans all of it repeatedly and frees nothing.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    PolicyPack(
        NAME,
        policies=policies(waivers),
        enforcement_level=EnforcementLevel.MANDATORY,
        display_name=TITLE,
        provider="aws",
    )


def policies(waivers: Waivers) -> list[Policy]:
    """Every rule, then the policies about waivers: those report which waivers were used."""
    return [*(_policy(rule, waivers) for rule in RULES), *_waivers_policies(waivers)]


def _policy(rule: ResourceRule | StackRule, waivers: Waivers) -> Policy:
    build: Callable[..., Policy] = (
        ResourceValidationPolicy if isinstance(rule, ResourceRule) else StackValidationPolicy
    )
    return build(
        name=rule.name,
        description=rule.title,
        display_name=rule.title,
        validate=_validation(rule, waivers),
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=rule.severity,
        config_schema=_schema(rule),
        framework=_framework(rule),
        tags=[rule.name.partition("-")[0], *rule.frameworks],
        remediation_steps=rule.remediation,
        url=rule.url,
    )


def _validation(rule: ResourceRule | StackRule, waivers: Waivers) -> Callable[..., None]:
    if isinstance(rule, ResourceRule):
        resource_rule = rule

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if resource_rule.judges(args.resource_type):
                settings = resource_rule.with_defaults(args.get_config())
                for message in resource_rule.messages(JudgedResource(args), settings):
                    if not waivers.waives(resource_rule.name, args.urn, message):
                        report(message, None)

        return validate
    stack_rule = rule

    def validate_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack(args.resources)
        settings = stack_rule.with_defaults(args.get_config())
        for resource in stack.judged_by(stack_rule.types):
            for message in stack_rule.messages(resource, stack, settings):
                if not waivers.waives(stack_rule.name, resource.urn, message):
                    report(message, resource.urn)

    return validate_stack


def _waivers_policies(waivers: Waivers) -> list[Policy]:
    def report_of(args: StackValidationArgs) -> Report:
        urn = args.resources[0].urn if args.resources else ""
        stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
        return waivers.report(stack, rest.partition("::")[0])

    def show(args: StackValidationArgs, report: ReportViolation) -> None:
        for waiver in report_of(args).in_force:
            report(str(waiver), waiver.resource)

    def report_problems(
        args: StackValidationArgs, report: ReportViolation, problems: Iterable[str], fix: str
    ) -> None:
        root = next((r.urn for r in args.resources if r.resource_type == STACK_TYPE), None)
        for problem in problems:
            report(f"{problem}\nFix: {fix}", root)

    def check_needed(args: StackValidationArgs, report: ReportViolation) -> None:
        report_problems(args, report, report_of(args).unused, REMOVE)

    def check_current(args: StackValidationArgs, report: ReportViolation) -> None:
        report_problems(args, report, report_of(args).wrong, CORRECT)
        waivers.forget()

    return [
        StackValidationPolicy(
            name=IN_FORCE,
            description="Waivers in use are shown.",
            validate=show,
            enforcement_level=EnforcementLevel.ADVISORY,
            severity=Severity.LOW,
            tags=["portcullis"],
        ),
        StackValidationPolicy(
            name=ARE_NEEDED,
            description="Every waiver is still needed.",
            validate=check_needed,
            enforcement_level=EnforcementLevel.MANDATORY,
            severity=Severity.LOW,
            tags=["portcullis"],
            remediation_steps=REMOVE,
        ),
        # Last, because it resets the used waivers for the next run.
        StackValidationPolicy(
            name=ARE_CURRENT,
            description="Every waiver is well-formed and not expired.",
            validate=check_current,
            enforcement_level=EnforcementLevel.MANDATORY,
            severity=Severity.HIGH,
            tags=["portcullis"],
            remediation_steps=CORRECT,
        ),
    ]


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.settings:
        return None
    return PolicyConfigSchema({name: dict(schema) for name, schema in rule.settings.items()})


def _framework(rule: Rule) -> PolicyComplianceFramework | None:
    if not rule.frameworks:
        return None
    name, _, reference = rule.frameworks[0].rpartition(" ")
    return PolicyComplianceFramework(name=name, reference=reference)
