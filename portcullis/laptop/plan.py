"""May this stack be deployed? The program in preview semantics, judged by the real policy pack."""

from collections.abc import Mapping
from pathlib import Path

from portcullis.analyzer.harness import judge
from portcullis.analyzer.verdict import Verdict, Violation
from portcullis.errors import PortcullisError
from portcullis.graph.in_process import record
from portcullis.graph.resource import Graph

POLICY_PACK = "policies"


class RefusedByPolicyError(PortcullisError):
    """A mandatory violation. Nothing has been started."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        lines = [_line(violation) for violation in verdict.mandatory]
        super().__init__(
            f"The policy pack refuses this stack ({len(lines)} mandatory violations); nothing was "
            "started.\n" + "\n".join(lines)
        )


def preview(directory: Path, stack: str, config: Mapping[str, str]) -> Graph:
    """The stack as `pulumi preview` sees it: computed outputs are unknown."""
    return record(directory, stack, preview=True, config=config)


def approve(directory: Path, graph: Graph, *, is_preview: bool) -> Verdict:
    """The verdict on a graph that has no mandatory violation.

    Raises:
        RefusedByPolicyError: it has; the message lists each with its fix.
    """
    verdict = judge(graph, pack=directory / POLICY_PACK, preview=is_preview)
    if verdict.mandatory:
        raise RefusedByPolicyError(verdict)
    return verdict


def _line(violation: Violation) -> str:
    where = f" ({violation.source.path}:{violation.source.line})" if violation.source else ""
    fix = f"\n    fix: {violation.remediation}" if violation.remediation else ""
    return f"  {violation.rule}: {violation.message}{where}{fix}"
