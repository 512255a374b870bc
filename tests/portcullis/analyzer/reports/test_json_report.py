"""The JSON report matches docs/policies/report.schema.json."""

import json
from pathlib import Path

import jsonschema

from portcullis.analyzer import Verdict
from portcullis.analyzer.reports import json_report
from tests.portcullis.analyzer.reports.verdicts import CLEAN, CONFIGURED, SUBJECT, VERDICT

JSON_SCHEMA = Path(__file__).parents[4] / "docs" / "policies" / "report.schema.json"


def as_json(verdict: Verdict):
    report = json.loads(json_report.as_json(verdict, SUBJECT, None))
    jsonschema.Draft202012Validator(json.loads(JSON_SCHEMA.read_text())).validate(report)
    return report


def test_it_holds_every_rule_with_its_status():
    report = as_json(VERDICT)
    assert {r["name"]: r["status"] for r in report["rules"]} == {
        "advised-rule-here": "violated",
        "disabled-rule-here": "disabled",
        "quiet-rule-here": "compliant",
        "violated-rule-here": "violated",
        "waived-rule-here": "waived",
    }
    assert report["summary"] == {
        "rules": 5,
        "compliant": 1,
        "violations": 2,
        "mandatory": 1,
        "waived": 1,
        "trusted": 0,
    }
    assert report["violations"][1]["source"] == {"path": "components/a page.py", "line": 12}
    assert report["waived"][0]["owner"] == "platform-team"


def test_a_clean_verdict_matches_the_schema():
    assert as_json(CLEAN)["violations"] == []


def test_it_holds_what_the_configuration_decided():
    report = as_json(CONFIGURED)
    (trusted,) = report["trusted"]
    assert trusted["owner"] == "security-team"
    assert trusted["resource"]["name"] == "a"
    assert report["summary"]["trusted"] == 1
    (silent,) = [r for r in report["rules"] if r["status"] == "not applicable"]
    assert silent["notApplicable"] == "no API of the stack is behind mutual TLS"
