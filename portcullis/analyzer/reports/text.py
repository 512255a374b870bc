"""Renders a verdict as text: violations first, compliant rules last."""

from collections.abc import Iterator

from portcullis.analyzer.reports.subject import Status, Subject, status_of
from portcullis.analyzer.verdict import Level, Trusted, Verdict, Violation, Waived
from portcullis.awsmodels.finding import ModelJudgement
from portcullis.graph.resource import SourcePosition


def as_text(verdict: Verdict, subject: Subject, models: ModelJudgement | None) -> str:
    lines = [*_lines(verdict, subject), *(_models(models) if models else ())]
    return "\n".join(lines) + "\n"


def _lines(verdict: Verdict, subject: Subject) -> Iterator[str]:
    by_status = {
        status: [rule for rule in verdict.rules if status_of(rule, verdict) is status]
        for status in Status
    }
    yield (
        f"Policy pack {verdict.pack} on stack {subject.stack} of {subject.project} "
        f"({subject.semantics}): {len(verdict.rules)} rules"
    )
    for violation in verdict.violations:
        yield from _violation(violation)
    for waived in verdict.waived:
        yield from _waived(waived)
    for trusted in verdict.trusted:
        yield from _trusted(trusted)
    for status in (Status.COMPLIANT, Status.NOT_APPLICABLE, Status.DISABLED):
        rules = by_status[status]
        if rules:
            yield f"{status} ({len(rules)})"
            for rule in rules:
                shown = verdict.not_applicable.get(rule.name, rule.description)
                yield f"  {rule.name}  {shown}"
    mandatory, advisory = len(verdict.mandatory), len(verdict.violations) - len(verdict.mandatory)
    yield (
        f"{mandatory} mandatory and {advisory} advisory violations, {len(verdict.waived)} waived, "
        f"{len(by_status[Status.COMPLIANT])} of {len(verdict.rules)} rules compliant"
    )


def _violation(violation: Violation) -> Iterator[str]:
    kind = "violated" if violation.level is Level.MANDATORY else "advised"
    severity = f", {violation.severity}" if violation.severity else ""
    yield f"{kind}: {violation.rule} ({violation.level}{severity})"
    yield f"  {violation.resource_name}{_at(violation.source)}"
    yield from (f"  {line}" for line in violation.message.splitlines())
    if violation.remediation:
        yield f"  fix: {violation.remediation}"
    if violation.url:
        yield f"  see: {violation.url}"


def _waived(waived: Waived) -> Iterator[str]:
    yield f"waived: {waived.rule} until {waived.expires}"
    yield f"  {waived.resource_name}{_at(waived.source)}"
    yield f"  {waived.owner}: {waived.reason}"


def _trusted(trusted: Trusted) -> Iterator[str]:
    yield f"configured: {trusted.kind} {trusted.name}"
    yield f"  {trusted.resource_name}{_at(trusted.source)}"
    yield f"  {trusted.owner}: {trusted.reason}"


def _models(models: ModelJudgement) -> Iterator[str]:
    """Findings first, the summary last, as for the pack."""
    for finding in models.findings:
        yield f"refused by AWS: {finding.operation} {finding.member} ({finding.kind})".replace(
            "  ", " "
        )
        yield f"  {finding.resource}.{finding.path}{_at(finding.position)}"
        yield f"  {finding.because}"
        yield f"  accepted: {finding.accepted}"
        yield f"  see: {finding.source}"
    yield f"AWS models: {models.summary}"


def _at(source: SourcePosition | None) -> str:
    return f"  {source.path}:{source.line}" if source else ""
