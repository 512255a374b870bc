"""Holds every resource of a graph to AWS's models and to the limits that no model holds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portcullis.awsmodels import limits, stack_limits
from portcullis.awsmodels.botocore_data import SOURCE, service_model
from portcullis.awsmodels.finding import FaultKind, ModelFinding, ModelJudgement
from portcullis.awsmodels.requests import ReadInputs, Sent, TypeRequests, by_type
from portcullis.awsmodels.shapes import Walk
from portcullis.graph.resource import Graph, Resource

AWS_PREFIX = "aws:"
PROVIDERS_OWN = frozenset({"__defaults", "region"})  # of every pulumi-aws resource
AUTO_NAME_SUFFIX = "-0123abc"  # Pulumi, "Resource names": a hyphen and seven random characters


def judge(graph: Graph) -> ModelJudgement:
    """Everything of a graph that AWS would refuse, sorted by URN.

    Components and other providers' resources are not AWS's to judge. An ``aws:`` type without a
    mapping is a finding: what was not judged must not pass.
    """
    total = _Total()
    for resource in graph:
        if resource.custom and resource.type.startswith(AWS_PREFIX) and not resource.flags.external:
            total.add(resource)
    for check in stack_limits.CHECKS:
        total.findings.extend(check(graph))
    return ModelJudgement(
        findings=tuple(sorted(total.findings, key=lambda f: (f.resource.urn, f.path, f.kind))),
        resources=total.resources,
        requests=total.requests,
        values=total.values,
        unknown_values=total.unknown,
    )


def judge_resource(resource: Resource) -> list[ModelFinding]:
    """What AWS would refuse of one resource; limits of the whole stack are left out."""
    total = _Total()
    total.add(resource)
    return total.findings


def _with_auto_name(resource: Resource, mapping: TypeRequests) -> Mapping[str, Any]:
    """The inputs with the name that Pulumi makes up: it has to fit AWS's model as well."""
    name = mapping.auto_named
    if not name or resource.inputs.get(name) is not None:
        return resource.inputs
    return {**resource.inputs, name: f"{resource.name}{AUTO_NAME_SUFFIX}"}


def _not_judged(resource: Resource, name: str, mapping: TypeRequests) -> ModelFinding:
    return ModelFinding(
        resource=resource,
        path=name,
        operation=mapping.sent[0].operation,
        kind=FaultKind.UNMAPPED,
        because="no AWS request carries the property, so it was not judged",
        accepted="properties of portcullis/awsmodels/requests.yaml",
        source="portcullis/awsmodels/requests.yaml",
    )


class _Total:
    def __init__(self) -> None:
        self.findings: list[ModelFinding] = []
        self.resources = self.requests = self.values = self.unknown = 0

    def add(self, resource: Resource) -> None:
        self.resources += 1
        mapping = by_type().get(resource.type)
        if mapping is None:
            self.findings.append(
                ModelFinding(
                    resource=resource,
                    path="",
                    operation=resource.type,
                    kind=FaultKind.UNMAPPED,
                    because="the type has no mapping to AWS requests, so it was not judged",
                    accepted=f"one of {len(by_type())} types",
                    source="portcullis/awsmodels/requests.yaml",
                )
            )
            return
        named = _with_auto_name(resource, mapping)
        inputs = ReadInputs(named)
        for sent in mapping.sent:
            for parameters in sent.parameters(inputs):
                self._request(resource, sent, parameters)
        self.findings.extend(limits.of_resource(replace(resource, inputs=named)))
        known = inputs.read | mapping.not_sent.keys() | PROVIDERS_OWN
        for name in sorted(resource.inputs.keys() - known):
            if resource.inputs[name] is not None:
                self.findings.append(_not_judged(resource, name, mapping))

    def _request(self, resource: Resource, sent: Sent, parameters: Any) -> None:
        self.requests += 1
        service, _, operation = sent.operation.partition(":")
        model = service_model(service)
        shape = (
            model.shape_for(sent.shape)
            if sent.shape
            else model.operation_model(operation).input_shape
        )
        walk = Walk()
        walk.hold(parameters, shape, "", "")
        self.values += walk.values
        self.unknown += walk.unknown
        for fault in walk.faults:
            if fault.kind is FaultKind.REQUIRED and fault.member in sent.provided:
                continue
            self.findings.append(
                ModelFinding(
                    resource=resource,
                    path=fault.path,
                    operation=sent.operation,
                    member=fault.member,
                    kind=fault.kind,
                    because=fault.because,
                    accepted=fault.accepted,
                    source=SOURCE,
                )
            )
