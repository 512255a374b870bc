"""Deploys without an engine: the program under the SDK's mocks, judged by the policy pack."""

from asyncio import gather, to_thread
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeVar, cast

from portcullis.analyzer.verdict import Verdict
from portcullis.graph.in_process import Program, loaded
from portcullis.graph.resource import Graph
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.plan import Judge, approve_by_models
from portcullis.laptop.progress import Progress
from portcullis.settings.project import StackConfig

JudgeOf = Callable[[Path], AbstractContextManager[Judge]]

A = TypeVar("A")
B = TypeVar("B")


class InProcessDeployer:
    """A rehearsal without state: nothing is remembered from the last run.

    Args:
        judge_of: the policy pack of a project.
        progress: shows the steps.
        reason: why the engine is not used, for the terminal.
    """

    def __init__(self, *, judge_of: JudgeOf, progress: Progress, reason: str) -> None:
        self._judge_of = judge_of
        self._progress = progress
        self._reason = reason

    def describe(self) -> str:
        return f"This is a rehearsal in process, without state: {self._reason}"

    async def deploy(self, config: StackConfig, emulator: LaptopEmulator) -> Graph:
        """Raises RefusedByPolicyError or ProgramError; then the emulator was not started."""
        with ExitStack() as judging:
            program, judge = await self._plan(judging, config)
            with self._progress.step("deploy", "Creating the resources in the stand-in") as shown:
                _, graph = await _both(
                    emulator.running(),
                    to_thread(program.record, preview=False, kms_endpoint=emulator.endpoint_url),
                )
                await to_thread(judge.approve, graph, is_preview=False)
                await to_thread(approve_by_models, graph)
                shown.detail = f"{len(graph.resources)} resources, signing key in KMS (moto)"
        return graph

    async def _plan(self, judging: ExitStack, config: StackConfig) -> tuple[Program, Judge]:
        """The program and its judge, once the plan is approved."""
        step = self._progress.step
        program = judging.enter_context(
            loaded(config.directory, config.stack, config=config.raw_values)
        )
        with step("plan", "Running the program as a preview") as shown:
            judge, planned = await _both(
                to_thread(judging.enter_context, self._judge_of(config.directory)),
                to_thread(program.record, preview=True),
            )
            shown.detail = f"{len(planned.resources)} resources"
        with step("policies", "Judging the plan") as shown:
            verdict = await to_thread(judge.approve, planned, is_preview=True)
            shown.detail = _summary(verdict)
        with step("AWS models", "Holding the plan to AWS's models") as shown:
            models = await to_thread(approve_by_models, planned)
            shown.detail = f"{models.requests} requests, {models.values} values, 0 findings"
        return program, judge


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
