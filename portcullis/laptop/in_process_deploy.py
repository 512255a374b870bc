"""Deploys without an engine: the program under the SDK's mocks, judged by the policy pack."""

from asyncio import gather, to_thread
from collections.abc import Awaitable
from contextlib import ExitStack
from typing import TypeVar, cast

from portcullis.analyzer.verdict import Verdict
from portcullis.awsmodels.finding import ModelJudgement
from portcullis.graph.in_process import Program
from portcullis.graph.resource import Graph
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.plan import Judge, JudgeOf, approve_by_models
from portcullis.laptop.progress import Progress
from portcullis.settings.project import StackConfig

A = TypeVar("A")
B = TypeVar("B")


class InProcessDeployer:
    """A rehearsal without state: nothing is remembered from the last run.

    Args:
        judge_of: the policy pack of a project.
        processes: runs the program.
        progress: shows the steps.
        reason: why the engine is not used, for the terminal.
    """

    def __init__(
        self, *, judge_of: JudgeOf, processes: KeptProcesses, progress: Progress, reason: str
    ) -> None:
        self._judge_of = judge_of
        self._processes = processes
        self._progress = progress
        self._reason = reason

    def describe(self) -> str:
        return f"This is a rehearsal in process, without state: {self._reason}"

    async def deploy(self, config: StackConfig, emulator: LaptopEmulator) -> Graph:
        """Raises RefusedByPolicyError or ProgramError; then the emulator does not listen."""
        emulator.prepare()
        with ExitStack() as planning:
            host = await to_thread(self._processes.host, config.directory)
            program = planning.enter_context(host.plan(config))
            judge = await self._plan(planning, program, config)
            return await self._update(program, judge, emulator)

    async def _plan(self, planning: ExitStack, program: Program, config: StackConfig) -> Judge:
        """The judge, once it has approved the plan."""
        step = self._progress.step
        with step("plan", "Running the program as a preview") as shown:
            judge, planned = await _both(
                to_thread(planning.enter_context, self._judge_of(config.directory)),
                to_thread(program.record, preview=True),
            )
            shown.detail = f"{len(planned.resources)} resources"
        with step("policies", "Judging the plan") as shown:
            verdict, models = await _approved(judge, planned, is_preview=True)
            shown.detail = _summary(verdict)
        with step("AWS models", "Checking the plan against AWS's models") as shown:
            shown.detail = f"{models.requests} requests, {models.values} values, 0 findings"
        return judge

    async def _update(self, program: Program, judge: Judge, emulator: LaptopEmulator) -> Graph:
        with self._progress.step("deploy", "Creating the resources in the stand-in") as shown:
            _, graph = await _both(
                emulator.running(),
                to_thread(program.record, preview=False, kms_endpoint=emulator.endpoint_url),
            )
            await _approved(judge, graph, is_preview=False)
            shown.detail = f"{len(graph.resources)} resources, signing key in KMS (moto)"
        return graph


async def _approved(
    judge: Judge, graph: Graph, *, is_preview: bool
) -> tuple[Verdict, ModelJudgement]:
    """Judge by the pack, in its process, and by AWS's models at the same time."""
    return await _both(
        to_thread(judge.approve, graph, is_preview=is_preview),
        to_thread(approve_by_models, graph),
    )


async def _both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Wait for both even when one fails: a thread cannot be cancelled, and may hold a process."""
    first, second = await gather(one, other, return_exceptions=True)
    for result in (first, second):
        if isinstance(result, BaseException):
            raise result
    return cast("tuple[A, B]", (first, second))


def _summary(verdict: Verdict) -> str:
    # A mandatory violation has ended the run before this.
    counted = f"{len(verdict.violations)} advisory" if verdict.violations else "0 violations"
    parts = [f"{len(verdict.rules)} rules", counted]
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    return ", ".join(parts)
