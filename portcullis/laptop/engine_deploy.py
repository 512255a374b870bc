"""Deploys with the real engine: `pulumi up`, with the stand-in as its provider."""

import json
from asyncio import CancelledError, to_thread
from pathlib import Path

from portcullis.analyzer.pack_folder import pack_of
from portcullis.graph.engine import Engine, installed_version
from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.graph.resource import Graph
from portcullis.laptop.emulator import LaptopEmulator
from portcullis.laptop.plan import UNUSED_WAIVERS, approve_by_models
from portcullis.laptop.progress import Progress
from portcullis.laptop.state_directory import StateDirectory
from portcullis.settings.project import StackConfig


class EngineDeployer:
    """`pulumi up`, then the graph of its state.

    Args:
        cli: the `pulumi` executable.
        state: where the engine's folder and log are.
        progress: shows the step.
    """

    def __init__(self, cli: Path, state: StateDirectory, progress: Progress) -> None:
        self._cli = cli
        self._state = state
        self._progress = progress
        self._version = installed_version(cli)
        self._engine = Engine(cli, EngineWorkspace(state.engine), state.logs / "engine.log")

    def describe(self) -> str:
        return (
            f"The `pulumi` CLI on PATH ({self._cli}, {self._version}) deploys to a stand-in for "
            f"AWS; its state is in {self._state.engine}."
        )

    async def deploy(self, config: StackConfig, emulator: LaptopEmulator) -> Graph:
        """Raises EngineError, also for a mandatory violation, or RefusedByAwsModelsError."""
        with self._progress.step("engine", "Running `pulumi up`") as shown:
            await emulator.running()  # a refresh asks it for the keys of the state
            try:
                run = await to_thread(
                    self._engine.up,
                    config,
                    policy_pack=pack_of(config.directory),
                    policy_config=self._policy_config(),
                    kms_endpoint=emulator.endpoint_url,
                )
            except CancelledError:
                self._engine.interrupt()  # the thread ends with the CLI
                raise
            judged = f"{run.advisories} advisory" if run.advisories else "0 violations"
            shown.detail = f"{len(run.graph.resources)} resources ({run.changes}), {judged}"
            if run.note:
                shown.detail += f". {run.note}"
        with self._progress.step("AWS models", "Holding the state to AWS's models") as shown:
            models = await to_thread(approve_by_models, run.graph)
            shown.detail = f"{models.requests} requests, {models.values} values, 0 findings"
        return run.graph

    def _policy_config(self) -> Path:
        """As in process: a waiver for the stack's backend may be unused on a laptop."""
        file = self._state.run / "policy-config.json"
        file.write_text(json.dumps({UNUSED_WAIVERS: "advisory"}), encoding="utf-8")
        return file
