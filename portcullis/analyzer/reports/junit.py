"""Renders a verdict as JUnit XML: a test case per violated or waived resource and other rule.

Source: the schema of Jenkins's xUnit plugin, junit-10.xsd, which most tools accept.
"""

import re
from xml.etree import ElementTree as ET

from portcullis.analyzer.reports.subject import Status, Subject, status_of
from portcullis.analyzer.verdict import Level, Verdict, Violation
from portcullis.awsmodels.finding import ModelJudgement

# XML 1.0 section 2.2: characters that a document must not contain, even escaped.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_junit(verdict: Verdict, subject: Subject, models: ModelJudgement | None) -> str:
    root = ET.Element("testsuites", name=_legal(verdict.pack))
    name = _legal(f"{subject.project}/{subject.stack}")
    _pack(ET.SubElement(root, "testsuite", name=name), verdict)
    if models is not None:
        _models(ET.SubElement(root, "testsuite", name=f"{name} AWS models"), models)
    for suite in root:
        for counted, path in (
            ("tests", "testcase"),
            ("failures", "testcase/failure"),
            ("skipped", "testcase/skipped"),
        ):
            suite.set(counted, str(len(suite.findall(path))))
        suite.set("errors", "0")
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _pack(suite: ET.Element, verdict: Verdict) -> None:
    for violation in verdict.violations:
        _violation(suite, violation)
    for waived in verdict.waived:
        case = _case(suite, waived.rule, waived.resource_name)
        until = f"waived until {waived.expires} by {waived.owner}: {waived.reason}"
        ET.SubElement(case, "skipped", message=_legal(until))
    for trusted in verdict.trusted:
        case = _case(suite, f"configured: {trusted.kind}", trusted.resource_name)
        text = f"{trusted.name} by {trusted.owner}: {trusted.reason}"
        ET.SubElement(case, "system-out").text = _legal(text)
    for rule in verdict.rules:
        status = status_of(rule, verdict)
        if status not in {Status.VIOLATED, Status.WAIVED}:
            case = _case(suite, rule.name, rule.description)
            if status is Status.NOT_APPLICABLE:
                reason = verdict.not_applicable[rule.name]
                ET.SubElement(case, "skipped", message=_legal(f"not applicable: {reason}"))
            if status is Status.DISABLED:
                ET.SubElement(case, "skipped", message="disabled by configuration")


def _models(suite: ET.Element, models: ModelJudgement) -> None:
    for finding in models.findings:
        case = _case(suite, finding.operation, f"{finding.resource.name}.{finding.path}")
        failure = ET.SubElement(case, "failure", type=str(finding.kind))
        failure.set("message", _legal(finding.because))
        failure.text = _legal(f"{finding.text}\n{finding.resource.urn}")
    if not models.findings:
        _case(suite, "aws-models", models.summary)


def _violation(suite: ET.Element, violation: Violation) -> None:
    case = _case(suite, violation.rule, violation.resource_name)
    text = _legal(f"{violation.message}\nFix: {violation.remediation}\n{violation.resource_urn}")
    if violation.level is not Level.MANDATORY:  # reported, but not as a failure
        ET.SubElement(case, "system-out").text = text
        return
    failure = ET.SubElement(case, "failure", type=violation.rule)
    failure.set("message", _legal(violation.message.splitlines()[0]))
    failure.text = text
    if violation.source:
        failure.text = f"{_legal(violation.source.path)}:{violation.source.line}\n{text}"


def _case(suite: ET.Element, rule: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_legal(rule), name=_legal(name))


def _legal(text: str) -> str:
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
