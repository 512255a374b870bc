"""Builds the CrossGuard policies from the rules; applies the configuration and the waivers."""

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

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

from policies import analyzer
from policies.configuration import NARROW, Configuration
from policies.file_policies import (
    CONFIGURATION_FILE,
    WAIVERS_FILE,
    configuration_policies,
    waivers_policies,
)
from policies.projects import projects_beside
from policies.reading.guarded import OUR_COMPONENTS
from policies.reading.resource import JudgedResource, shared_stack, stack_and_project
from policies.rule import ResourceRule, Rule, StackRule
from policies.rules import RULES
from policies.waivers import Waivers

NAME = "portcullis"
TITLE = "Portcullis: APIs are reachable only through mutual TLS, web ACL and authorizer"
COLLECT_AFTER = 200_000  # objects


def serve(folder: Path) -> None:
    """Serve the pack with the files in ``folder`` until the process is stopped."""
    waivers, configuration = files(folder)
    # A decoded stack has millions of objects that live until its judgement ends. With the default
    # threshold the garbage collector scans all of them repeatedly and frees nothing.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    analyzer.use()
    analyzer.end_with_parent()
    PolicyPack(
        NAME,
        policies=policies(waivers, configuration),
        enforcement_level=EnforcementLevel.MANDATORY,
        display_name=TITLE,
        provider="aws",
    )


def files(folder: Path) -> tuple[Waivers, Configuration]:
    """The waivers and the configuration in ``folder``, checked against the projects beside it."""
    projects = projects_beside(folder)
    waivers = Waivers.read(folder / WAIVERS_FILE, [rule.name for rule in RULES], projects=projects)
    return waivers, Configuration.read(folder / CONFIGURATION_FILE, projects)


def policies(waivers: Waivers, configuration: Configuration) -> list[Policy]:
    """Every rule, then the policies about both files: those report which entries were used."""
    return [
        *(_policy(rule, waivers, configuration) for rule in RULES),
        *configuration_policies(configuration),
        *waivers_policies(waivers),
    ]


class _EarlyAndStackPolicy(ResourceValidationPolicy, StackValidationPolicy):
    """A resource rule that judges before the resource is created where the scope is certain.

    For other resources the whole stack decides whether they are in scope. The policy SDK selects
    policies by their class, and calls ``validate`` with arguments of the matching class.
    """

    def __init__(self, types: frozenset[str], **fields: Any) -> None:
        StackValidationPolicy.__init__(self, **fields)
        self.types = types  # of the resources that it judges; empty for all

    def has_validation(self) -> bool:
        return True

    def has_remediation(self) -> bool:
        return False

    def validate(self, args: Any, report_violation: ReportViolation) -> Any:
        return StackValidationPolicy.validate(self, args, report_violation)


def _policy(
    rule: ResourceRule | StackRule, waivers: Waivers, configuration: Configuration
) -> Policy:
    build: Callable[..., Policy] = StackValidationPolicy
    validate: Callable[..., None] = _in_stack(rule, waivers, configuration)
    if isinstance(rule, ResourceRule):
        build = partial(_EarlyAndStackPolicy, rule.types)
        validate = _early_or_in_stack(rule, waivers, configuration)
    return build(
        name=rule.name,
        description=rule.title,
        display_name=rule.title,
        validate=validate,
        enforcement_level=rule.level,
        severity=rule.severity,
        config_schema=_schema(rule),
        framework=_framework(rule),
        tags=[rule.name.partition("-")[0], *rule.frameworks],
        remediation_steps=rule.remediation,
        url=rule.url,
    )


def _early_or_in_stack(
    rule: ResourceRule, waivers: Waivers, configuration: Configuration
) -> Callable[..., None]:
    in_stack = _in_stack(rule, waivers, configuration)

    def validate(
        args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation
    ) -> None:
        if isinstance(args, StackValidationArgs):
            in_stack(args, report)
        elif rule.judges(args.resource_type) and _is_early(rule, args.urn, configuration):
            settings = rule.with_defaults(args.get_config())
            for message in rule.messages(JudgedResource(args), settings):
                if not waivers.waives(rule.name, args.urn, message):
                    report(message, None)

    return validate


def _is_early(rule: Rule, urn: str, configuration: Configuration) -> bool:
    """Whether a resource is in scope whatever else is in its stack."""
    stack, project = stack_and_project(urn)
    if configuration.of(NARROW, project, stack):
        return False
    types = urn.split("::")[2]
    return rule.everywhere or types.startswith(OUR_COMPONENTS) or f"${OUR_COMPONENTS}" in types


def _in_stack(
    rule: ResourceRule | StackRule, waivers: Waivers, configuration: Configuration
) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = shared_stack(args.resources, configuration)
        settings = rule.with_defaults(args.get_config())
        reasons: set[str] = set()
        judged = False
        for resource in stack.judged_by(rule.types):
            if isinstance(rule, ResourceRule) and _is_early(rule, resource.urn, configuration):
                judged = True
                continue
            if reason := rule.left_out(resource, stack):
                reasons.add(reason)
                continue
            judged = True
            for message in rule.in_stack(resource, stack, settings):
                if not waivers.waives(rule.name, resource.urn, message):
                    report(message, resource.urn)
        if reasons and not judged:
            args.not_applicable("; ".join(sorted(reasons)))

    return validate


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.settings:
        return None
    return PolicyConfigSchema({name: dict(schema) for name, schema in rule.settings.items()})


def _framework(rule: Rule) -> PolicyComplianceFramework | None:
    if not rule.frameworks:
        return None
    name, _, reference = rule.frameworks[0].rpartition(" ")
    return PolicyComplianceFramework(name=name, reference=reference)
