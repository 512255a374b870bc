"""Renders a verdict as text: the worst violation last, where a terminal shows the end of it."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from portcullis.analyzer.reports.subject import Status, Subject, controls_of, status_of
from portcullis.analyzer.verdict import Level, PackRule, Trusted, Verdict, Violation, Waived
from portcullis.awsmodels.finding import ModelFinding, ModelJudgement
from portcullis.graph.resource import SourcePosition

SEVERITIES = ("", "low", "medium", "high", "critical")


def as_text(
    verdict: Verdict, subject: Subject, models: ModelJudgement | None, *, verbose: bool = False
) -> str:
    """The report; ``verbose`` lists the compliant rules too."""
    return "\n".join(_lines(verdict, subject, models, verbose=verbose)) + "\n"


def _lines(
    verdict: Verdict, subject: Subject, models: ModelJudgement | None, *, verbose: bool
) -> Iterator[str]:
    by_status = {
        status: [rule for rule in verdict.rules if status_of(rule, verdict) is status]
        for status in Status
    }
    yield (
        f"Policy pack {f'{verdict.pack} {verdict.version}'.strip()} on stack {subject.stack} of "
        f"{subject.project} ({subject.semantics}): {len(verdict.rules)} rules"
    )
    if verbose:
        yield from _listed(Status.COMPLIANT, by_status[Status.COMPLIANT])
    yield from _not_applicable(verdict, by_status[Status.NOT_APPLICABLE], verbose=verbose)
    yield from _listed(Status.DISABLED, by_status[Status.DISABLED])
    for trusted in verdict.trusted:
        yield from _trusted(trusted)
    for waived in verdict.waived:
        yield from _waived(waived)
    for finding in models.findings if models else ():
        yield from _finding(finding)
    rules = {rule.name: rule for rule in verdict.rules}
    for (name, level), violations in groupby(sorted(verdict.violations, key=_rank), key=_group):
        yield from _violated(rules[name], level, list(violations))
    if verdict.violations or (models and models.findings):
        yield ""
    if models:
        yield f"AWS models: {models.summary}"
    yield _summary(verdict, len(by_status[Status.COMPLIANT]))


def _rank(violation: Violation) -> tuple[bool, int, str, str, str]:
    """Advice first, then by severity; a rule's violations stay together."""
    return (
        violation.level is Level.MANDATORY,
        SEVERITIES.index(violation.severity),
        violation.rule,
        violation.resource_urn,
        violation.message,
    )


def _group(violation: Violation) -> tuple[str, Level]:
    return violation.rule, violation.level


def _violated(rule: PackRule, level: Level, violations: list[Violation]) -> Iterator[str]:
    kind = "violated" if level is Level.MANDATORY else "advised"
    severity = f", {violations[0].severity}" if violations[0].severity else ""
    yield ""
    yield f"{kind}: {rule.name} ({level}{severity})"
    for violation in violations:
        yield f"  {violation.resource_name}{_at(violation.source)}"
        message = violation.message.removeprefix(f"{violation.resource_name}: ")
        yield from (f"    {line}" for line in message.splitlines())
    if violations[0].remediation:
        yield f"  fix: {violations[0].remediation}"
    if controls := controls_of(rule):
        yield f"  same check: {', '.join(controls)}"
    if violations[0].url:
        yield f"  see: {violations[0].url}"


def _summary(verdict: Verdict, compliant: int) -> str:
    mandatory = [violation.severity for violation in verdict.mandatory]
    counted = ", ".join(
        f"{mandatory.count(severity)} {severity}"
        for severity in reversed(SEVERITIES)
        if severity and severity in mandatory
    )
    return (
        f"{len(mandatory)} mandatory{f' ({counted})' if counted else ''} and "
        f"{len(verdict.violations) - len(mandatory)} advisory violations, "
        f"{len(verdict.waived)} waived, {compliant} of {len(verdict.rules)} rules compliant"
    )


def _listed(status: Status, rules: Iterable[PackRule]) -> Iterator[str]:
    lines = [f"  {rule.name}  {rule.description}" for rule in rules]
    if lines:
        yield f"{status} ({len(lines)})"
        yield from lines


def _not_applicable(verdict: Verdict, rules: Iterable[PackRule], *, verbose: bool) -> Iterator[str]:
    """Each reason once: a program without a partner API has one reason for most rules."""
    by_reason: dict[str, list[str]] = {}
    for rule in rules:
        by_reason.setdefault(verdict.not_applicable[rule.name], []).append(rule.name)
    for reason, names in by_reason.items():
        yield f"{Status.NOT_APPLICABLE} ({len(names)}): {reason}"
        if verbose:
            yield from (f"  {name}" for name in names)


def _trusted(trusted: Trusted) -> Iterator[str]:
    yield f"configured: {trusted.kind} {trusted.name}"
    yield f"  {trusted.resource_name}{_at(trusted.source)}"
    yield f"  {trusted.owner}: {trusted.reason}"


def _waived(waived: Waived) -> Iterator[str]:
    yield f"waived: {waived.rule} until {waived.expires}"
    yield f"  {waived.resource_name}{_at(waived.source)}"
    yield f"  {waived.owner}: {waived.reason}"


def _finding(finding: ModelFinding) -> Iterator[str]:
    yield ""
    yield f"refused by AWS: {finding.operation} {finding.member} ({finding.kind})".replace(
        "  ", " "
    )
    yield f"  {finding.resource.name}.{finding.path}{_at(finding.position)}"
    yield f"  {finding.because}"
    yield f"  accepted: {finding.accepted}"
    yield f"  see: {finding.source}"


def _at(source: SourcePosition | None) -> str:
    return f"  {source.path}:{source.line}" if source else ""
