"""The text report ends with the worst violation and the summary."""

from dataclasses import replace

from portcullis.analyzer.reports.text import as_text
from portcullis.analyzer.verdict import Level
from tests.portcullis.analyzer.reports.verdicts import (
    CLEAN,
    CONFIGURED,
    MODELS,
    SUBJECT,
    VERDICT,
    violation,
)


def test_everything_is_said_once_and_the_worst_last():
    assert as_text(VERDICT, SUBJECT, None).splitlines() == [
        "Policy pack portcullis 1.2.3 on stack dev of shop (preview): 5 rules",
        "disabled (1)",
        "  disabled-rule-here  Claim of disabled-rule-here.",
        "waived: waived-rule-here until 2027-05-31",
        "  api",
        "  platform-team: It is <tried> out & thrown away.",
        "",
        "advised: advised-rule-here (advisory, high)",
        "  live",
        "    stands in the open.",
        "  fix: mend advised-rule-here",
        "  same check: Checkov CKV_AWS_1",
        "  see: https://example.com/advised-rule-here",
        "",
        "violated: violated-rule-here (mandatory, high)",
        "  live  components/a page.py:12",
        "    stands in the open.",
        "  fix: mend violated-rule-here",
        "  same check: Checkov CKV_AWS_1",
        "  see: https://example.com/violated-rule-here",
        "",
        "1 mandatory (1 high) and 1 advisory violations, 1 waived, 1 of 5 rules compliant",
    ]


def test_violations_are_sorted_by_severity_and_a_rule_is_said_once():
    def at(severity, rule, name):
        return violation(rule, severity=severity, resource_name=name, resource_urn=f"urn::{name}")

    verdict = replace(
        VERDICT,
        violations=(
            at("critical", "violated-rule-here", "b"),
            at("low", "waived-rule-here", "c"),
            replace(at("high", "advised-rule-here", "d"), level=Level.ADVISORY),
            at("medium", "quiet-rule-here", "e"),
            at("critical", "violated-rule-here", "a"),
        ),
    )
    text = as_text(verdict, SUBJECT, None)
    assert [line for line in text.splitlines() if line.startswith(("advised", "violated"))] == [
        "advised: advised-rule-here (advisory, high)",
        "violated: waived-rule-here (mandatory, low)",
        "violated: quiet-rule-here (mandatory, medium)",
        "violated: violated-rule-here (mandatory, critical)",
    ]
    last = text.partition("violated: violated-rule-here")[2]
    assert last.index("  a  ") < last.index("  b  ") < last.index("  fix: ")
    assert "4 mandatory (2 critical, 1 medium, 1 low) and 1 advisory violations" in text


def test_compliant_rules_are_listed_only_when_asked_for():
    assert "Claim of quiet-rule-here" not in as_text(CLEAN, SUBJECT, None)
    text = as_text(CLEAN, SUBJECT, None, verbose=True)
    assert "compliant (1)\n  quiet-rule-here  Claim of quiet-rule-here." in text
    assert text.endswith(
        "0 mandatory and 0 advisory violations, 0 waived, 1 of 1 rules compliant\n"
    )


def test_findings_of_aws_models_come_before_violations_and_summaries_last():
    text = as_text(VERDICT, SUBJECT, MODELS)
    order = [
        "waived: ",
        "refused by AWS: ",
        "advised: ",
        "violated: ",
        "AWS models: ",
        "1 mandatory",
    ]
    assert sorted(order, key=text.index) == order


def test_what_the_configuration_decided_is_shown_with_owner_and_reason():
    text = as_text(CONFIGURED, SUBJECT, None)
    assert (
        "configured: webAcls arn:aws:wafv2:…:regional/webacl/central/1\n  a  a page.py:3\n" in text
    )
    assert "  security-team: One <web ACL> for all & everybody.\n" in text


def test_a_rule_that_judged_nothing_is_not_compliant_and_its_reason_is_said_once():
    line = "not applicable (1): no API of the stack is behind mutual TLS"
    lines = as_text(CONFIGURED, SUBJECT, None).splitlines()
    assert line in lines
    assert "  silent-rule-here" not in lines
    assert "1 of 2 rules compliant" in lines[-1]
    assert "  silent-rule-here" in as_text(CONFIGURED, SUBJECT, None, verbose=True).splitlines()
