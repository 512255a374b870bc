"""Refuses parts of the gates that are registered inside `apply`.

A preview leaves out what an `apply` on an unknown value would register, and the update creates it
before the stack is judged. The engine does not send to a policy pack where a resource is
registered, so the pack cannot have this rule: the recorder and the program itself see it.
"""

from dataclasses import replace

from portcullis.analyzer.verdict import Level, PackRule, Verdict
from portcullis.graph.resource import Graph, Resource

GATES = ("aws:apigateway/", "aws:apigatewayv2/", "aws:lambda/permission:", "aws:wafv2/")
DOMAINS = ("aws:apigateway/domainName:DomainName", "aws:apigatewayv2/domainName:DomainName")
RULE = PackRule(
    name="pulumi-resource-is-declared-outside-apply",
    title="APIs and web ACLs are declared outside of apply.",
    description="APIs and web ACLs are declared outside of apply.",
    level=Level.MANDATORY,
    severity="high",
    remediation="declare it outside of apply, and pass the Output as its property",
    url="https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/",
    tags=("pulumi",),
    schema={},
)


def is_applied_gate(resource: Resource) -> bool:
    return resource.flags.in_apply and resource.type.startswith(GATES)


def message(resource: Resource) -> str:
    return (
        f"{resource.name}: a {resource.type} is registered inside apply, which a preview leaves "
        "out where the value is unknown."
    )


def judge_applied(verdict: Verdict, graph: Graph) -> Verdict:
    """The verdict with this rule, for a stack with a domain that requires client certificates."""
    is_guarded = any(
        r.type in DOMAINS and r.inputs.get("mutualTlsAuthentication") is not None for r in graph
    )
    found = [
        RULE.violated(urn=r.urn, level=RULE.level, message=message(r), source=r.source)
        for r in graph
        if is_guarded and is_applied_gate(r)
    ]
    return replace(
        verdict,
        rules=tuple(sorted((*verdict.rules, RULE), key=lambda rule: rule.name)),
        violations=tuple(sorted((*verdict.violations, *found), key=lambda v: v.order)),
    )
