"""Judges every mutant and records which rules refused it."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from portcullis.analyzer.proof.mutant import Mutant
from portcullis.analyzer.verdict import Level, PackRule, Verdict, Violation
from portcullis.errors import PortcullisError
from portcullis.graph.resource import Graph, Resource

if TYPE_CHECKING:
    from portcullis.analyzer.harness import RunningPack

PACKS = 2  # processes that judge in parallel


class UnfitStackError(PortcullisError):
    """The stack itself has a mandatory violation, so its mutants prove nothing."""


@dataclass(frozen=True, kw_only=True)
class Killed:
    """One mutant and the rules that refused it; a survivor has none."""

    target: str
    what: str
    rules: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Proof:
    stack: str
    mutants: tuple[Killed, ...]
    rules: tuple[PackRule, ...]

    @property
    def survivors(self) -> tuple[Killed, ...]:
        return tuple(mutant for mutant in self.mutants if not mutant.rules)

    @property
    def idle(self) -> tuple[str, ...]:
        """Rules that refused no mutant, because the stack has nothing that they judge."""
        used = {rule for mutant in self.mutants for rule in mutant.rules}
        return tuple(rule.name for rule in self.rules if rule.name not in used)


def prove(
    graph: Graph,
    mutants: Iterable[Mutant],
    *,
    pack: Path,
    progress: Callable[[Killed], None] = lambda _: None,
) -> Proof:
    """Judge the graph and every mutant in preview semantics.

    Args:
        graph: the stack, recorded in a preview and without mandatory violations.
        mutants: the mutants to judge; see :func:`portcullis.analyzer.proof.mutants`.
        pack: the folder of the policy pack.
        progress: called once for each judged mutant.

    Raises:
        UnfitStackError: the graph itself has a mandatory violation.
    """
    from portcullis.analyzer.harness import running_pack  # noqa: PLC0415 - imports gRPC

    with ExitStack() as stack:
        packs = [stack.enter_context(running_pack(pack)) for _ in range(PACKS)]
        baseline = packs[0].judge(graph, preview=True)
        if baseline.mandatory:
            raise UnfitStackError(
                f"The stack {graph.stack} has mandatory violations, so its mutants prove nothing. "
                f"First: {baseline.mandatory[0].rule} on {baseline.mandatory[0].resource_name}. "
                f"Run: portcullis policies check --stack {graph.stack}"
            )
        free: SimpleQueue[RunningPack] = SimpleQueue()
        for one in packs:
            free.put(one)

        # A waived resource must be judged again, or its waiver would be reported as unused.
        waived = {one.resource_urn for one in baseline.waived}
        sound = {resource.urn: resource for resource in graph if resource.urn not in waived}

        def judged(mutant: Mutant) -> Killed:
            running = free.get()
            try:
                verdict = running.judge(
                    mutant.graph, preview=True, known_good=_unchanged(mutant.graph, sound)
                )
            finally:
                free.put(running)
            killed = Killed(
                target=mutant.target, what=mutant.what, rules=_killers(verdict, baseline)
            )
            progress(killed)
            return killed

        with ThreadPoolExecutor(PACKS) as workers:
            results = tuple(workers.map(judged, mutants))
    refusing = tuple(rule for rule in baseline.rules if rule.level is not Level.ADVISORY)
    return Proof(stack=graph.stack, mutants=results, rules=refusing)


def _unchanged(graph: Graph, before: Mapping[str, Resource]) -> frozenset[str]:
    """URNs of the resources whose resource rules give the same result as before."""
    return frozenset(
        resource.urn
        for resource in graph
        if (same := before.get(resource.urn)) is not None
        and (resource.type, resource.inputs, resource.flags) == (same.type, same.inputs, same.flags)
    )


def _killers(verdict: Verdict, baseline: Verdict) -> tuple[str, ...]:
    before: frozenset[Violation] = frozenset(baseline.violations)
    return tuple(sorted({v.rule for v in verdict.mandatory if v not in before}))
