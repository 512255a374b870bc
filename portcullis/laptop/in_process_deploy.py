"""Deploys without an engine: the program under the SDK's mocks, judged by the policy pack."""

from asyncio import gather, to_thread
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar, cast

from portcullis.analyzer.harness import AnalyzerError
from portcullis.analyzer.pack_folder import pack_of
from portcullis.analyzer.verdict import Verdict
from portcullis.graph.in_process import Program, ProgramHost, program_host
from portcullis.graph.resource import Graph
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.kept import Kept, content_of
from portcullis.laptop.plan import Judge, approve_by_models
from portcullis.laptop.progress import Progress
from portcullis.settings.project import StackConfig

JudgeOf = Callable[[Path], AbstractContextManager[Judge]]

A = TypeVar("A")
B = TypeVar("B")


class InProcessDeployer:
    """A rehearsal without state: nothing is remembered from the last run.

    The processes that plan and judge are kept for the next deploy, until ``close``.

    Args:
        judge_of: the policy pack of a project.
        progress: shows the steps.
        reason: why the engine is not used, for the terminal.
    """

    def __init__(self, *, judge_of: JudgeOf, progress: Progress, reason: str) -> None:
        self._hosts = Kept(program_host)
        self._judges = Kept(judge_of)
        self._progress = progress
        self._reason = reason

    def describe(self) -> str:
        return f"This is a rehearsal in process, without state: {self._reason}"

    async def deploy(self, config: StackConfig, emulator: LaptopEmulator) -> Graph:
        """Raises RefusedByPolicyError or ProgramError; then the emulator was not started."""
        host = await to_thread(self._host, config.directory)
        try:
            with host.plan(config) as program:
                judge = await self._plan(program, config)
                return await self._update(program, judge, emulator)
        except AnalyzerError:
            await to_thread(self._judges.end)
            raise

    async def close(self) -> None:
        await _both(to_thread(self._hosts.end), to_thread(self._judges.end))

    async def _plan(self, program: Program, config: StackConfig) -> Judge:
        """The judge, once it has approved the plan."""
        step = self._progress.step
        with step("plan", "Running the program as a preview") as shown:
            judge, planned = await _both(
                to_thread(self._judge, config.directory), to_thread(program.record, preview=True)
            )
            shown.detail = f"{len(planned.resources)} resources"
        with step("policies", "Judging the plan") as shown:
            verdict = await to_thread(judge.approve, planned, is_preview=True)
            shown.detail = _summary(verdict)
        with step("AWS models", "Holding the plan to AWS's models") as shown:
            models = await to_thread(approve_by_models, planned)
            shown.detail = f"{models.requests} requests, {models.values} values, 0 findings"
        return judge

    async def _update(self, program: Program, judge: Judge, emulator: LaptopEmulator) -> Graph:
        with self._progress.step("deploy", "Creating the resources in the stand-in") as shown:
            _, graph = await _both(
                emulator.running(),
                to_thread(program.record, preview=False, kms_endpoint=emulator.endpoint_url),
            )
            await to_thread(judge.approve, graph, is_preview=False)
            await to_thread(approve_by_models, graph)
            shown.detail = f"{len(graph.resources)} resources, signing key in KMS (moto)"
        return graph

    def _host(self, project: Path) -> ProgramHost:
        host = self._hosts.get(project)
        if host.is_running:
            return host
        self._hosts.end()
        return self._hosts.get(project)

    def _judge(self, project: Path) -> Judge:
        return self._judges.get(project, content_of(pack_of(project)))


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
