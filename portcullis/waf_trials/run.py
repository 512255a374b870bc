"""Runs trials against a web ACL, and says which rules were neither hit nor missed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from portcullis.errors import MisuseError
from portcullis.gateway.waf.managed import GROUPS
from portcullis.gateway.waf.web_acl import WebAcl, WebAclVerdict
from portcullis.waf_trials.requests import request
from portcullis.waf_trials.trial_file import ALLOW, Trial


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    trial: Trial
    expected: str  # allow, or the rule
    seen: str
    counted: tuple[str, ...]  # the rules that matched and only counted

    @property
    def not_counted(self) -> tuple[str, ...]:
        """The rules that had to count and did not."""
        return tuple(rule for rule in self.trial.counts if _inner(rule) not in self.counted)

    @property
    def is_as_expected(self) -> bool:
        return self.seen == self.expected and not self.not_counted


@dataclass(frozen=True, kw_only=True)
class RuleCoverage:
    """Whether some trial matched the rule, and some trial passed it.

    A group that only AWS can evaluate, such as a list of addresses, never matches here.
    """

    rule: str
    hit: bool
    missed: bool
    only_aws: bool

    @property
    def is_complete(self) -> bool:
        return self.missed and (self.hit or self.only_aws)


def run(
    fresh: Callable[[], WebAcl],
    trials: Iterable[Trial],
    *,
    allowed_address: str,
    rate_limit: int,
) -> list[TrialResult]:
    """Each trial meets a fresh web ACL, so that no trial counts towards the rate of another.

    Args:
        fresh: compiles the web ACL.
        trials: the requests.
        allowed_address: the source of a trial that names none.
        rate_limit: the stack's, for a trial that exceeds it.

    Raises:
        MisuseError: a trial expects a rule that the web ACL does not have.
    """
    results = []
    for trial in trials:
        web_acl = fresh()
        _require_rules(trial, web_acl)
        results.append(_run(web_acl, trial, allowed_address, rate_limit))
    return results


def coverage(web_acl: WebAcl, results: Sequence[TrialResult]) -> list[RuleCoverage]:
    """A row for each rule of the web ACL, in its order; a rule group counts as one rule."""
    order = web_acl.rule_names
    found = []
    for position, rule in enumerate(order):
        hits = [r for r in results if _of(r.seen) == rule or rule in map(_of, r.counted)]
        passed = [r for r in results if r not in hits and _reached(r, order) > position]
        found.append(
            RuleCoverage(rule=rule, hit=bool(hits), missed=bool(passed), only_aws=_only_aws(rule))
        )
    return found


def _require_rules(trial: Trial, web_acl: WebAcl) -> None:
    known = web_acl.blocking_rules
    for rule in (*([trial.rule] if trial.rule else []), *trial.counts):
        if rule not in known:
            near = get_close_matches(rule, known, n=1)
            meant = f"Did you mean {near[0]}?" if near else f"Its rules: {', '.join(known)}."
            raise MisuseError(f"{trial.place}: the web ACL has no rule {rule!r}. {meant}")


def _run(web_acl: WebAcl, trial: Trial, allowed_address: str, rate_limit: int) -> TrialResult:
    sent = request(
        source_ip=trial.source_ip or allowed_address,
        method=trial.method,
        target=trial.target,
        headers=trial.headers,
        body=trial.body,
    )
    for _ in range(trial.repeat or rate_limit + 1):
        verdict = web_acl.evaluate(replace(sent))
    return TrialResult(
        trial=trial, expected=trial.rule or ALLOW, seen=seen(verdict), counted=verdict.counted
    )


def seen(verdict: WebAclVerdict) -> str:
    return ALLOW if verdict.allowed else verdict.rule


def _only_aws(rule: str) -> bool:
    group = GROUPS.get(rule)
    return group is not None and all(inner.statement is None for inner in group.rules)


def _inner(rule: str) -> str:
    """The name inside a group, by which a rule that counts is known."""
    return rule.rpartition("/")[2]


def _of(rule: str) -> str:
    """The rule of the web ACL: a rule of a group is named GROUP/RULE."""
    return rule.partition("/")[0]


def _reached(result: TrialResult, order: Sequence[str]) -> int:
    """How many rules of the web ACL looked at the request before the evaluation ended."""
    rule = _of(result.seen)
    return order.index(rule) if rule in order else len(order)
