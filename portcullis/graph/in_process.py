"""The graph without an engine: the same ``__main__.py`` under the Pulumi SDK's own mocks.

A rehearsal without state: nothing is created, and nothing is remembered from the last run. The run
happens in a child process, because the Pulumi runtime is global to its process.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.encoding import graph_from_json
from portcullis.graph.project import load_stack_config
from portcullis.graph.resource import Graph

RUN_LIMIT_SECONDS = 600  # the first run downloads the authorizer's wheels


class ProgramError(PortcullisError):
    """The program did not reach its end; ``exit_code`` is the error's own."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def record(
    directory: Path,
    stack: str,
    *,
    preview: bool,
    config: Mapping[str, str] | None = None,
    kms_endpoint: str | None = None,
    program: Path | None = None,
) -> Graph:
    """Run the project's program once and return everything it registered.

    Args:
        directory: the folder with Pulumi.yaml; the program's working directory.
        stack: which Pulumi.<stack>.yaml supplies the settings.
        preview: computed outputs stay unknown, as in ``pulumi preview``; otherwise the stand-in
            answers as AWS would after ``pulumi up``.
        config: settings that override the stack's file, as text (JSON for structured ones).
        kms_endpoint: where signing keys are really created in an update; in memory if left out.
        program: another ``__main__.py``, for tests and mutation proofs.

    Raises:
        ProjectError: the project or stack file cannot be used.
        ProgramError: the program failed; the message is the program's own.
    """
    settings = load_stack_config(directory.resolve(), stack, config)
    job: dict[str, Any] = {
        "directory": str(settings.directory),
        "program": str((program or settings.directory / "__main__.py").resolve()),
        "project": settings.project,
        "stack": stack,
        "config": dict(settings.values),
        "preview": preview,
        "kms_endpoint": kms_endpoint,
    }
    run = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "portcullis.graph.run_program"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_SECONDS,
        check=False,
        cwd=settings.directory,
    )
    try:
        answer = json.loads(run.stdout)
    except ValueError as error:
        raise ProgramError(
            f"The program of stack {stack!r} ended with exit code {run.returncode} and no result.\n"
            f"{run.stderr.strip()}"
        ) from error
    if "error" in answer:
        raise ProgramError(answer["error"].strip(), ExitCode(answer["exit_code"]))
    return graph_from_json(answer["graph"])
