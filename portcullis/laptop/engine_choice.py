"""Chooses between the real engine and a run in process."""

import shutil
from pathlib import Path

from portcullis.errors import MisuseError
from portcullis.laptop.deployer import Deployer
from portcullis.laptop.in_process_deploy import InProcessDeployer
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.options import EngineChoice
from portcullis.laptop.plan import JudgeOf
from portcullis.laptop.progress import Progress
from portcullis.laptop.state_directory import StateDirectory

INSTALL = "https://www.pulumi.com/docs/install/"


def choose_deployer(
    choice: EngineChoice,
    *,
    state: StateDirectory,
    progress: Progress,
    judge_of: JudgeOf,
    processes: KeptProcesses,
) -> Deployer:
    """The deployer of one laptop run.

    Raises:
        MisuseError: the engine was asked for and there is no CLI on PATH.
        EngineError: the CLI on PATH cannot be run.
    """
    cli = shutil.which("pulumi")
    if choice is EngineChoice.PULUMI and cli is None:
        raise MisuseError(
            f"--engine pulumi needs the `pulumi` CLI, and there is none on PATH. Install it "
            f"({INSTALL}), or run: portcullis up --engine in-process"
        )
    if choice is EngineChoice.IN_PROCESS or cli is None:
        reason = (
            f"there is no `pulumi` CLI on PATH. To use the engine, install it: {INSTALL}"
            if cli is None
            else "--engine in-process."
        )
        return InProcessDeployer(
            judge_of=judge_of, processes=processes, progress=progress, reason=reason
        )
    # Imported here: gRPC and the provider take a third of a second.
    from portcullis.laptop.engine_deploy import EngineDeployer  # noqa: PLC0415

    return EngineDeployer(Path(cli), state, progress)
