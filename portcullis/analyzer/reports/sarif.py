"""Renders a verdict as SARIF 2.1.0, with the members that code scanning services show.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

import hashlib
import json
from typing import Any
from urllib.parse import quote

from portcullis.analyzer.reports.subject import Subject
from portcullis.analyzer.verdict import Level, PackRule, Trusted, Verdict, Violation, Waived
from portcullis.awsmodels.finding import ModelJudgement
from portcullis.graph.resource import SourcePosition
from portcullis.package import VERSION

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "SRCROOT"  # the folder of Pulumi.yaml
# Without a line from the program's stack trace a result points at the project file: code scanning
# services do not show results without a location.
NOWHERE = SourcePosition(path="Pulumi.yaml", line=1)
LEVELS = {Level.MANDATORY: "error", Level.ADVISORY: "warning", Level.REMEDIATE: "error"}
# Services sort by this number, 0.0 to 10.0, in the ranges of CVSS.
SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}


def as_sarif(verdict: Verdict, subject: Subject, models: ModelJudgement | None) -> str:
    positions = {rule.name: position for position, rule in enumerate(verdict.rules)}
    results = [_violation(violation, positions) for violation in verdict.violations]
    results += [_waived(waived, positions) for waived in verdict.waived]
    run = {
        "tool": {
            "driver": {
                "name": verdict.pack,
                **_version(verdict.version),
                "rules": [_rule(rule) for rule in verdict.rules],
            }
        },
        "automationDetails": {"id": f"{verdict.pack}/{subject.project}/{subject.stack}/"},
        "results": results,
        "properties": {"trusted": [_trusted(trusted) for trusted in verdict.trusted]},
    }
    runs = [run, _models(models, subject)] if models is not None else [run]
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=2) + "\n"


def _models(models: ModelJudgement, subject: Subject) -> dict[str, Any]:
    """A run of its own: another judge than the pack."""
    kinds = sorted({str(finding.kind) for finding in models.findings})
    results = [
        {
            "ruleId": str(finding.kind),
            "ruleIndex": kinds.index(str(finding.kind)),
            "level": "error",
            "message": {"text": finding.text},
            "locations": [_location(finding.position, finding.resource.name, finding.resource.urn)],
            "partialFingerprints": _fingerprint(
                f"{finding.kind}\0{finding.resource.urn}\0{finding.path}\0{finding.member}"
            ),
        }
        for finding in models.findings
    ]
    return {
        "tool": {
            "driver": {
                "name": "aws-models",
                **_version(VERSION),
                "rules": [{"id": kind} for kind in kinds],
            }
        },
        "automationDetails": {"id": f"aws-models/{subject.project}/{subject.stack}/"},
        "results": results,
    }


def _version(version: str) -> dict[str, str]:
    return {"version": version} if version else {}


def _rule(rule: PackRule) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "defaultConfiguration": {
            "enabled": rule.level is not Level.DISABLED,
            "level": LEVELS.get(rule.level, "none"),
        },
        "properties": {"tags": ["security", *rule.tags]},
    }
    if rule.remediation:
        descriptor["help"] = {"text": rule.remediation}
    if rule.url:
        descriptor["helpUri"] = rule.url
    if rule.severity:
        descriptor["properties"]["security-severity"] = SECURITY_SEVERITY[rule.severity]
    return descriptor


def _violation(violation: Violation, positions: dict[str, int]) -> dict[str, Any]:
    fix = f"\nFix: {violation.remediation}" if violation.remediation else ""
    return _result(violation, positions) | {
        "level": LEVELS[violation.level],
        "message": {"text": f"{violation.message}{fix}"},
    }


def _waived(waived: Waived, positions: dict[str, int]) -> dict[str, Any]:
    until = f"Waived until {waived.expires} by {waived.owner}: {waived.reason}"
    return _result(waived, positions) | {
        "level": "error",
        "message": {"text": until},
        "suppressions": [{"kind": "external", "status": "accepted", "justification": until}],
    }


def _trusted(trusted: Trusted) -> dict[str, Any]:
    """A property of the run: it is not a finding, and no service should list it as one."""
    return {
        "kind": trusted.kind,
        "name": trusted.name,
        "owner": trusted.owner,
        "reason": trusted.reason,
        "location": _location(trusted.source, trusted.resource_name, trusted.resource_urn),
    }


def _result(found: Violation | Waived, positions: dict[str, int]) -> dict[str, Any]:
    return {
        "ruleId": found.rule,
        "ruleIndex": positions[found.rule],
        "locations": [_location(found.source, found.resource_name, found.resource_urn)],
        "partialFingerprints": _fingerprint(f"{found.rule}\0{found.resource_urn}"),
    }


def _location(position: SourcePosition | None, name: str, urn: str) -> dict[str, Any]:
    source = position or NOWHERE
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(source.path), "uriBaseId": ROOT},
            "region": {"startLine": max(source.line, 1)},
        },
        "logicalLocations": [{"name": name, "fullyQualifiedName": urn, "kind": "resource"}],
    }


def _fingerprint(identity: str) -> dict[str, str]:
    """Recognises the same finding after lines have moved."""
    return {"ruleAndUrn/v1": hashlib.sha256(identity.encode()).hexdigest()}
