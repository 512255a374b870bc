"""Renders a verdict as JSON with the schema docs/policies/report.schema.json."""

import json
from dataclasses import asdict
from typing import Any

from portcullis.analyzer.reports.subject import Status, Subject, status_of
from portcullis.analyzer.verdict import PackRule, Trusted, Verdict, Violation, Waived
from portcullis.awsmodels.finding import ModelFinding, ModelJudgement

VERSION = 1  # members are not removed or renamed within a version


def as_json(verdict: Verdict, subject: Subject, models: ModelJudgement | None) -> str:
    rules = [_rule(rule, verdict) for rule in verdict.rules]
    report: dict[str, Any] = {
        "version": VERSION,
        "pack": verdict.pack,
        "subject": asdict(subject),
        "summary": {
            "rules": len(rules),
            "compliant": sum(rule["status"] == Status.COMPLIANT for rule in rules),
            "violations": len(verdict.violations),
            "mandatory": len(verdict.mandatory),
            "waived": len(verdict.waived),
            "trusted": len(verdict.trusted),
        },
        "rules": rules,
        "violations": [_violation(violation) for violation in verdict.violations],
        "waived": [_waived(waived) for waived in verdict.waived],
        "trusted": [_trusted(trusted) for trusted in verdict.trusted],
    }
    if models is not None:
        report["awsModels"] = _models(models)
    return json.dumps(report, indent=2) + "\n"


def _rule(rule: PackRule, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": rule.name,
        "description": rule.description,
        "status": str(status_of(rule, verdict)),
        "notApplicable": verdict.not_applicable.get(rule.name),
        "level": str(rule.level),
        "severity": rule.severity,
        "url": rule.url,
        "tags": list(rule.tags),
    }


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "rule": violation.rule,
        "level": str(violation.level),
        "severity": violation.severity,
        "resource": {"urn": violation.resource_urn, "name": violation.resource_name},
        "source": asdict(violation.source) if violation.source else None,
        "message": violation.message,
        "remediation": violation.remediation,
        "url": violation.url,
    }


def _models(models: ModelJudgement) -> dict[str, Any]:
    return {
        "summary": {
            "resources": models.resources,
            "requests": models.requests,
            "values": models.values,
            "unknownValues": models.unknown_values,
            "findings": len(models.findings),
        },
        "findings": [_finding(finding) for finding in models.findings],
    }


def _finding(finding: ModelFinding) -> dict[str, Any]:
    resource = finding.resource
    return {
        "kind": str(finding.kind),
        "resource": {"urn": resource.urn, "name": resource.name, "type": resource.type},
        "property": finding.path,
        "operation": finding.operation,
        "member": finding.member,
        "message": finding.because,
        "accepted": finding.accepted,
        "authority": finding.source,
        "source": asdict(finding.position) if finding.position else None,
    }


def _waived(waived: Waived) -> dict[str, Any]:
    return {
        "rule": waived.rule,
        "resource": {"urn": waived.resource_urn, "name": waived.resource_name},
        "source": asdict(waived.source) if waived.source else None,
        "expires": waived.expires,
        "owner": waived.owner,
        "reason": waived.reason,
    }


def _trusted(trusted: Trusted) -> dict[str, Any]:
    return {
        "kind": trusted.kind,
        "name": trusted.name,
        "owner": trusted.owner,
        "reason": trusted.reason,
        "resource": {"urn": trusted.resource_urn, "name": trusted.resource_name},
        "source": asdict(trusted.source) if trusted.source else None,
    }
