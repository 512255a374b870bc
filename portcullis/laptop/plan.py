"""Judges a planned graph by the project's policy pack; a mandatory violation ends the run."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from portcullis.analyzer.pack_folder import pack_of
from portcullis.analyzer.verdict import Verdict, Violation
from portcullis.awsmodels.finding import ModelJudgement
from portcullis.errors import PortcullisError
from portcullis.graph.resource import Graph
from portcullis.laptop.kept_processes import KeptProcesses

if TYPE_CHECKING:
    from portcullis.analyzer.harness import RunningPack

UNUSED_WAIVERS = "portcullis-waivers-are-needed"


class RefusedByPolicyError(PortcullisError):
    """The graph has a mandatory violation; nothing was started."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        lines = [_line(violation) for violation in verdict.mandatory]
        self.count = len(lines)
        super().__init__(
            f"The policy pack refuses this stack (mandatory violations: {len(lines)}); nothing was "
            "started.\n" + "\n".join(lines)
        )


class RefusedByAwsModelsError(PortcullisError):
    """AWS would refuse a value. Nothing has been started."""

    def __init__(self, models: ModelJudgement) -> None:
        lines = [f"  {finding.text}" for finding in models.findings]
        self.count = len(lines)
        super().__init__(
            f"AWS would refuse this stack (findings: {len(lines)}); nothing was started.\n"
            + "\n".join(lines)
        )


def approve_by_models(graph: Graph) -> ModelJudgement:
    """Hold a graph to AWS's models.

    Raises:
        RefusedByAwsModelsError: AWS would refuse a value; the message lists each.
    """
    from portcullis.awsmodels.judge import judge  # noqa: PLC0415 - see pack_judge

    models = judge(graph)
    if models.findings:
        raise RefusedByAwsModelsError(models)
    return models


class Judge(Protocol):
    """Decides whether a graph may be deployed."""

    def approve(self, graph: Graph, *, is_preview: bool) -> Verdict:
        """Return the verdict on a graph without a mandatory violation.

        Raises:
            RefusedByPolicyError: the graph has one; the message lists each with its fix.
        """


JudgeOf = Callable[[Path], AbstractContextManager[Judge]]  # the judge of a project


class PackJudge:
    """The project's policy pack, in the process that the engine would start."""

    def __init__(self, pack: "RunningPack") -> None:
        self._pack = pack
        # A laptop has its own backend, so a waiver for the stack's backend may be unused here. The
        # other rules judge as on AWS. Another project's pack may not have this rule.
        has_waivers = any(rule.name == UNUSED_WAIVERS for rule in pack.rules)
        self._config = {UNUSED_WAIVERS: "advisory"} if has_waivers else {}

    def approve(self, graph: Graph, *, is_preview: bool) -> Verdict:
        verdict = self._pack.judge(graph, preview=is_preview, config=self._config)
        if verdict.mandatory:
            raise RefusedByPolicyError(verdict)
        return verdict


def pack_judge(processes: KeptProcesses) -> JudgeOf:
    """Judges by the pack of a project, in a process that is kept."""

    @contextmanager
    def judge_of(project: Path) -> Iterator[Judge]:
        # Imported here: they take 0.2 s, in which the program already runs in its process.
        from portcullis.analyzer.harness import AnalyzerError, connected_pack  # noqa: PLC0415
        from portcullis.awsmodels import judge  # noqa: F401, PLC0415

        try:
            port = processes.pack_port(project)
            with connected_pack(pack_of(project), port) as pack:
                yield PackJudge(pack)
        except AnalyzerError:
            processes.end_pack()
            raise

    return judge_of


def _line(violation: Violation) -> str:
    where = f" ({violation.source.path}:{violation.source.line})" if violation.source else ""
    fix = f"\n    fix: {violation.remediation}" if violation.remediation else ""
    return f"  {violation.rule}: {violation.message}{where}{fix}"
