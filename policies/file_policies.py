"""Builds the CrossGuard policies about the pack's own files: waivers and configuration.

They run after the rules, because they report which entries the rules used.
"""

from collections.abc import Callable, Iterable

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.configuration import Configuration
from policies.reading.resource import STACK_TYPE, stack_and_project
from policies.waivers import Report, Waivers

WAIVERS_FILE = "waivers.yaml"
CONFIGURATION_FILE = "configuration.yaml"
CONFIGURATION_IN_USE = "portcullis-configuration-in-use"
CONFIGURATION_IS_USED = "portcullis-configuration-is-used"
CONFIGURATION_IS_VALID = "portcullis-configuration-is-valid"
IN_FORCE = "portcullis-waivers-in-force"
ARE_NEEDED = "portcullis-waivers-are-needed"
ARE_CURRENT = "portcullis-waivers-are-current"

REMOVE_ENTRY = f"remove it from {CONFIGURATION_FILE}"
CORRECT_ENTRY = f"correct the entry in {CONFIGURATION_FILE}, or remove it"
REMOVE_WAIVER = f"remove the entry from {WAIVERS_FILE}"
CORRECT_WAIVER = f"correct the entry in {WAIVERS_FILE}, or remove it"
Validate = Callable[[StackValidationArgs, ReportViolation], None]


def configuration_policies(configuration: Configuration) -> list[StackValidationPolicy]:
    """Show what was used, warn about what was not, refuse a malformed file."""

    def show(_args: StackValidationArgs, report: ReportViolation) -> None:
        for line, urn in configuration.in_use():
            report(line, urn)

    def check_used(args: StackValidationArgs, report: ReportViolation) -> None:
        stack, project = _stack_and_project(args)
        unused = (
            f"the entry {entry.kind} {entry.name} of {CONFIGURATION_FILE} matches nothing in this "
            "stack."
            for entry in configuration.unused(project, stack)
        )
        _report_problems(args, report, unused, REMOVE_ENTRY)

    def check_valid(args: StackValidationArgs, report: ReportViolation) -> None:
        stack, project = _stack_and_project(args)
        problems = (*configuration.problems, *configuration.misspelt(project, stack))
        _report_problems(args, report, problems, CORRECT_ENTRY)
        configuration.forget()

    return [
        _shown(CONFIGURATION_IN_USE, "Trusted ends and changes of the scope are shown.", show),
        _policy(
            CONFIGURATION_IS_USED,
            "Every entry of the configuration matches something.",
            check_used,
            level=EnforcementLevel.ADVISORY,
            severity=Severity.LOW,
            fix=REMOVE_ENTRY,
        ),
        # Last, because it resets the used entries for the next run.
        _policy(
            CONFIGURATION_IS_VALID,
            "The configuration of the pack is well-formed.",
            check_valid,
            level=EnforcementLevel.MANDATORY,
            severity=Severity.HIGH,
            fix=CORRECT_ENTRY,
        ),
    ]


def waivers_policies(waivers: Waivers) -> list[StackValidationPolicy]:
    """Show what was waived, refuse what is unused, expired or malformed."""

    def report_of(args: StackValidationArgs) -> Report:
        return waivers.report(*_stack_and_project(args))

    def show(args: StackValidationArgs, report: ReportViolation) -> None:
        for waiver in report_of(args).in_force:
            report(str(waiver), waiver.resource)

    def check_needed(args: StackValidationArgs, report: ReportViolation) -> None:
        _report_problems(args, report, report_of(args).unused, REMOVE_WAIVER)

    def check_current(args: StackValidationArgs, report: ReportViolation) -> None:
        _report_problems(args, report, report_of(args).wrong, CORRECT_WAIVER)
        waivers.forget()

    return [
        _shown(IN_FORCE, "Waivers in use are shown.", show),
        _policy(
            ARE_NEEDED,
            "Every waiver is still needed.",
            check_needed,
            level=EnforcementLevel.MANDATORY,
            severity=Severity.LOW,
            fix=REMOVE_WAIVER,
        ),
        # Last, because it resets the used waivers for the next run.
        _policy(
            ARE_CURRENT,
            "Every waiver is well-formed and not expired.",
            check_current,
            level=EnforcementLevel.MANDATORY,
            severity=Severity.HIGH,
            fix=CORRECT_WAIVER,
        ),
    ]


def _stack_and_project(args: StackValidationArgs) -> tuple[str, str]:
    return stack_and_project(args.resources[0].urn) if args.resources else ("", "")


def _report_problems(
    args: StackValidationArgs, report: ReportViolation, problems: Iterable[str], fix: str
) -> None:
    root = next((r.urn for r in args.resources if r.resource_type == STACK_TYPE), None)
    for problem in problems:
        report(f"{problem}\nFix: {fix}", root)


def _shown(name: str, description: str, validate: Validate) -> StackValidationPolicy:
    return _policy(
        name, description, validate, level=EnforcementLevel.ADVISORY, severity=Severity.LOW
    )


def _policy(
    name: str,
    description: str,
    validate: Validate,
    *,
    level: EnforcementLevel,
    severity: Severity,
    fix: str = "",
) -> StackValidationPolicy:
    return StackValidationPolicy(
        name=name,
        description=description,
        validate=validate,
        enforcement_level=level,
        severity=severity,
        tags=["portcullis"],
        remediation_steps=fix or None,
    )
