"""Serves the pack's policies to the engine: checks their configuration, and decodes a stack once.

The policy SDK ignores a rule or setting that does not exist, and decodes the whole stack again for
each policy, which takes most of the time with 10,000 resources.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
    policy,
)
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

Validation = ResourceValidationPolicy | StackValidationPolicy
PARENT_CHECK_SECONDS = 1.0
SDK_SERVICER = "_PolicyAnalyzerServicer"  # the name under which PolicyPack looks it up


class MisspeltConfigurationError(ValueError):
    """The engine shows the text and stops before it registers anything."""


def end_with_parent() -> None:
    """End this process when the one that started it is gone: a killed engine stops no plugin."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def use() -> None:
    """Make ``PolicyPack`` serve with this class. It offers no other way to choose one."""
    setattr(policy, SDK_SERVICER, Analyzer)


class Analyzer(getattr(policy, SDK_SERVICER)):  # type: ignore[misc]  # the SDK's own class
    """The SDK's servicer with two methods of its own."""

    def __init__(self, name: str, version: str, policies: list[Policy], *others: Any) -> None:
        super().__init__(name, version, policies, *others)
        self._pack = name
        self._policies = policies
        self._stack_tags: Mapping[str, str] = {}
        self._enabled: dict[type[Policy], list[tuple[Policy, EnforcementLevel]]] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - the gRPC method's name
        """Store levels and settings.

        Raises:
            MisspeltConfigurationError: a rule or a setting does not exist.
        """
        known = {one.name: one for one in self._policies}
        for name, config in request.policyConfig.items():
            if name not in known and name != "all":
                near = get_close_matches(name, known, 3) or sorted(known)
                raise MisspeltConfigurationError(
                    f"The policy configuration names {name!r}, but the pack {self._pack} has no "
                    f"such rule. Rules with a name like it: {', '.join(near)}."
                )
            schema = known[name].config_schema if name in known else None
            settings = schema.properties if schema else {}
            for setting in sorted(set(config.properties) - set(settings)):
                raise MisspeltConfigurationError(
                    f"The policy configuration sets {setting!r} of {name!r}, but the rule has no "
                    f"such setting. Settings: {', '.join(sorted(settings)) or 'none'}."
                )
        answer = super().Configure(request, context)
        self._enabled.clear()
        return answer

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - as above
        """The SDK's method, with the resource decoded once for all policies that judge its type."""
        policies = [
            (one, level)
            for one, level in self._of(ResourceValidationPolicy)
            if not (types := getattr(one, "types", None)) or request.type in types
        ]
        if not policies:
            return proto.AnalyzeResponse()
        properties = self._properties(request)
        options, provider = (
            self._get_resource_options(request),
            self._get_provider_resource(request),
        )

        def args(config: Any) -> ResourceValidationArgs:
            return ResourceValidationArgs(
                request.type,
                properties,
                request.urn,
                request.name,
                options,
                provider,
                config,
                self._stack_tags,
            )

        return self._validated(policies, args)

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - as above
        """The SDK's method, with the resources decoded once for all policies."""
        resources = self._decoded(request.resources)
        return self._validated(
            self._of(StackValidationPolicy),
            lambda config: StackValidationArgs(resources, config, self._stack_tags),
        )

    def _of(self, kind: type[Validation]) -> list[tuple[Policy, EnforcementLevel]]:
        """The enabled policies of a kind, with their levels."""
        if kind not in self._enabled:
            levels = [(one, self._get_enforcement_level(one)) for one in self._policies]
            self._enabled[kind] = [
                # No policy of the pack remediates.
                (one, EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level)
                for one, level in levels
                if level is not EnforcementLevel.DISABLED and isinstance(one, kind)
            ]
        return self._enabled[kind]

    def _validated(
        self,
        policies: Iterable[tuple[Any, EnforcementLevel]],
        args_with: Callable[[Any], Any],
    ) -> Any:
        """The response of the policies."""
        self._configure_runtime_settings()
        response = proto.AnalyzeResponse()
        for one, level in policies:
            report = self._create_report_violation(
                response, one.name, one.description, level, one.severity
            )
            try:
                one.validate(args_with(self._get_policy_config(one.name)), report)
            except policy._NotApplicableError as silent:
                response.not_applicable.append(
                    proto.PolicyNotApplicable(policy_name=one.name, reason=silent.reason or "")
                )
        return response

    def _decoded(self, sent: Any) -> list[PolicyResource]:
        """The resources of a stack, with parents and dependencies as references to each other."""
        by_urn = {resource.urn: self._resource(resource) for resource in sent}
        for one in sent:
            resource = by_urn[one.urn]
            resource.parent = by_urn.get(one.parent)
            resource.dependencies = [by_urn[urn] for urn in one.dependencies if urn in by_urn]
            resource.property_dependencies = {
                key: [by_urn[urn] for urn in value.urns if urn in by_urn]
                for key, value in one.propertyDependencies.items()
            }
            # The engine sends no resource that the program only reads: `.get`, StackReference.
            resource.reads = {  # type: ignore[attr-defined]  # for JudgedResource
                key: read
                for key, value in one.propertyDependencies.items()
                if (read := frozenset(urn for urn in value.urns if urn not in by_urn))
            }
        return list(by_urn.values())

    @staticmethod
    def _properties(sent: Any) -> Any:
        return unknown_checking_proxy(
            deserialize_properties(json_format.MessageToDict(sent.properties))
        )

    def _resource(self, sent: Any) -> PolicyResource:
        return PolicyResource(
            sent.type,
            self._properties(sent),
            sent.urn,
            sent.name,
            self._get_resource_options(sent),
            self._get_provider_resource(sent),
            None,
            [],
            {},
        )

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - as above
        self._stack_tags = dict(request.tags)
        return super().ConfigureStack(request, context)
