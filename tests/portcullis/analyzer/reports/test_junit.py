"""The JUnit report matches the schema of Jenkins's xUnit plugin."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portcullis.analyzer import Verdict
from portcullis.analyzer.reports.junit import as_junit
from tests.portcullis.analyzer.reports.verdicts import (
    CLEAN,
    CONFIGURED,
    SUBJECT,
    VERDICT,
    violation,
)

SCHEMAS = Path(__file__).parent.with_name("schemas")


def junit(verdict: Verdict):
    text = as_junit(verdict, SUBJECT, None)
    document = etree.fromstring(text.encode())
    etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(document)
    return document


def test_violations_fail_waivers_are_skipped_and_the_rest_passes():
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
def test_no_name_breaks_the_document(name):
    odd = violation("violated-rule-here", resource_name=name, message=f"x{name}")
    junit(replace(VERDICT, violations=(odd,)))


def test_a_clean_verdict_matches_the_schema():
    assert junit(CLEAN).get("failures") == "0"


def test_what_the_configuration_decided_passes_and_is_shown():
    cases = {case.get("classname"): case for case in junit(CONFIGURED).iter("testcase")}
    shown = cases["configured: webAcls"].findtext("system-out")
    assert shown.endswith("by security-team: One <web ACL> for all & everybody.")
    (skipped,) = cases["silent-rule-here"].findall("skipped")
    assert skipped.get("message").startswith("not applicable: no API")
