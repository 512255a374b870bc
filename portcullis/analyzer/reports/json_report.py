"""Renders a verdict as JSON with the schema docs/policies/report.schema.json."""

import json
from dataclasses import asdict
from typing import Any

from portcullis.analyzer.reports.subject import Status, Subject, status_of
from portcullis.analyzer.verdict import PackRule, Verdict, Violation, Waived

VERSION = 1  # members are not removed or renamed within a version


def as_json(verdict: Verdict, subject: Subject) -> str:
    rules = [_rule(rule, verdict) for rule in verdict.rules]
    report = {
        "version": VERSION,
        "pack": verdict.pack,
        "subject": asdict(subject),
        "summary": {
            "rules": len(rules),
            "compliant": sum(rule["status"] == Status.COMPLIANT for rule in rules),
            "violations": len(verdict.violations),
            "mandatory": len(verdict.mandatory),
            "waived": len(verdict.waived),
        },
        "rules": rules,
        "violations": [_violation(violation) for violation in verdict.violations],
        "waived": [_waived(waived) for waived in verdict.waived],
    }
    return json.dumps(report, indent=2) + "\n"


def _rule(rule: PackRule, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": rule.name,
        "description": rule.description,
        "status": str(status_of(rule, verdict)),
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


def _waived(waived: Waived) -> dict[str, Any]:
    return {
        "rule": waived.rule,
        "resource": {"urn": waived.resource_urn, "name": waived.resource_name},
        "source": asdict(waived.source) if waived.source else None,
        "expires": waived.expires,
        "owner": waived.owner,
        "reason": waived.reason,
    }
