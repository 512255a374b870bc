"""The graph without an engine: the same ``__main__.py`` under the Pulumi SDK's own mocks.

A rehearsal without state: nothing is created, and nothing is remembered from the last run. The run
happens in a child process, because the Pulumi runtime is global to its process.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.encoding import graph_from_json
from portcullis.graph.resource import Graph
from portcullis.settings.project import StackConfig, load_stack_config

RUN_LIMIT_SECONDS = 600  # the first run downloads the authorizer's wheels


class ProgramError(PortcullisError):
    """The program did not reach its end; ``exit_code`` is the error's own."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Program:
    """One program with one stack's settings, in a process that has imported it already."""

    def __init__(
        self, settings: StackConfig, file: Path, process: subprocess.Popen[str], said: IO[str]
    ) -> None:
        self._settings = settings
        self._file = file
        self._process = process
        self._said = said

    def record(self, *, preview: bool, kms_endpoint: str | None = None) -> Graph:
        """Run it once, from its first line to its last.

        Args:
            preview: computed outputs stay unknown, as in ``pulumi preview``; otherwise the
                stand-in answers as AWS would after ``pulumi up``.
            kms_endpoint: where signing keys are really created in an update; in memory if left out.

        Raises:
            ProgramError: the program failed; the message is the program's own.
        """
        answer = self._ask(
            {
                "directory": str(self._settings.directory),
                "program": str(self._file),
                "project": self._settings.project,
                "stack": self._settings.stack,
                "config": dict(self._settings.raw_values),
                "region": self._settings.region,
                "account": self._settings.account_id,
                "preview": preview,
                "kms_endpoint": kms_endpoint,
            }
        )
        if "error" in answer:
            raise ProgramError(answer["error"].strip(), ExitCode(answer["exit_code"]))
        return graph_from_json(answer["graph"])

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process.stdin is not None  # noqa: S101 - both are pipes, see below
        assert process.stdout is not None  # noqa: S101
        limit = threading.Timer(RUN_LIMIT_SECONDS, process.kill)
        limit.start()
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            process.kill()
            status = process.wait()
            self._said.seek(0)
            raise ProgramError(
                f"The program of stack {self._settings.stack!r} ended with exit code {status} and "
                f"no result. It said:\n{self._said.read().strip()}"
            ) from error
        finally:
            limit.cancel()
        return answer


@contextmanager
def loaded(
    directory: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    program: Path | None = None,
) -> Iterator[Program]:
    """The program in a process of its own that may run it several times; ended with the block.

    Args:
        directory: the folder with Pulumi.yaml; the program's working directory.
        stack: which Pulumi.<stack>.yaml supplies the settings.
        config: settings that override the stack's file, as text (JSON for structured ones).
        program: another ``__main__.py``, for tests and mutation proofs.

    Raises:
        ProjectError: the project or stack file cannot be used.
    """
    settings = load_stack_config(directory.resolve(), stack, config)
    command = [
        *(sys.executable, "-W", "ignore::DeprecationWarning"),
        *("-m", "portcullis.graph.run_program"),
    ]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            cwd=settings.directory,
        ) as process,
    ):
        try:
            file = (program or settings.directory / "__main__.py").resolve()
            yield Program(settings, file, process, said)
        finally:
            process.kill()


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

    See :func:`loaded` and :meth:`Program.record` for arguments and errors.
    """
    with loaded(directory, stack, config=config, program=program) as once:
        return once.record(preview=preview, kms_endpoint=kms_endpoint)
