"""Records the graph of a program without the engine, with the mocks of the Pulumi SDK.

Nothing is created and there is no state of an earlier run. The program runs in a child process,
because the Pulumi runtime is global to its process.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from portcullis.errors import ExitCode, PortcullisError
from portcullis.graph.encoding import graph_from_json
from portcullis.graph.resource import Graph
from portcullis.package import NAME
from portcullis.settings.project import StackConfig, load_stack_config

RUN_LIMIT_SECONDS = 600  # the first run downloads the authorizer's wheels
END_SECONDS = 5  # from the end of its output to its exit


class ProgramError(PortcullisError):
    """The program failed; ``exit_code`` is the exit code of its error."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Program:
    """A program with the settings of one stack, in a process that can run it again."""

    def __init__(self, settings: StackConfig, file: Path, host: "ProgramHost") -> None:
        self._settings = settings
        self._file = file
        self._host = host

    def record(self, *, preview: bool, kms_endpoint: str | None = None) -> Graph:
        """Run the program once.

        Args:
            preview: computed outputs stay unknown, as in ``pulumi preview``; otherwise the
                stand-in answers as AWS would after ``pulumi up``.
            kms_endpoint: a KMS emulator in which an update creates the signing keys; if left out,
                they are kept in memory.

        Raises:
            ProgramError: the program failed; the message is the text of its error.
        """
        answer = self._host.ask(
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


class ProgramHost:
    """A child process that runs programs.

    Each plan has a process of its own, forked from one that has already imported the SDK.
    """

    def __init__(self, process: subprocess.Popen[str], output: IO[str]) -> None:
        self._process = process
        self._output = output

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @contextmanager
    def plan(self, settings: StackConfig, program: Path | None = None) -> Iterator[Program]:
        """A program that the block may run several times; one plan at a time.

        Its modules are imported at the first run, and stay imported until the block ends.
        """
        self._output.seek(0, os.SEEK_END)
        file = (program or settings.directory / "__main__.py").resolve()
        if not file.exists():
            raise ProgramError(
                f"{file} does not exist, so {file.parent} has no Pulumi program in Python. Give "
                "the folder of one with --project; with the pulumi CLI, a program in another "
                "language is judged by: portcullis policies check --engine",
                ExitCode.MISUSE,
            )
        try:
            yield Program(settings, file, self)
        finally:
            with suppress(OSError):  # it may have ended
                self._send("")

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer of ``run_program`` to a job."""
        process = self._process
        assert process.stdout is not None  # noqa: S101 - a pipe, see `program_host`
        began = self._output.tell()
        limit = threading.Timer(RUN_LIMIT_SECONDS, self.kill)
        limit.start()
        try:
            self._send(json.dumps(job))
            answer: dict[str, Any] = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            with suppress(subprocess.TimeoutExpired):  # its own status, where it ended by itself
                process.wait(END_SECONDS)
            self.kill()
            status = process.wait()
            self._output.seek(began)
            raise ProgramError(
                f"The program of stack {job['stack']!r} ended with exit code {status} and "
                f"without a result. Its output:\n{self._output.read().strip()}"
            ) from error
        finally:
            limit.cancel()
        return answer

    def kill(self) -> None:
        """End it, and the process of a plan."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe, see `program_host`
        os.write(self._process.stdin.fileno(), line.encode() + b"\n")  # leaves no buffer to flush


@contextmanager
def program_host(directory: Path, *, imports_file: Path | None = None) -> Iterator[ProgramHost]:
    """Start a host for the programs of a project; it ends with the block.

    It imports what ``imports_file`` names of the SDK at once, and writes that file after a plan.
    """
    command = [
        *(sys.executable, "-W", "ignore::DeprecationWarning"),
        *("-m", f"{NAME}.graph.run_program"),
        *([str(imports_file)] if imports_file else []),
    ]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=directory,
            start_new_session=True,  # its plans are in its process group
        ) as process,
    ):
        host = ProgramHost(process, output)
        try:
            yield host
        finally:
            host.kill()


@contextmanager
def loaded(
    directory: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    program: Path | None = None,
) -> Iterator[Program]:
    """Start a child process that can run the program several times; it ends with the block.

    Args:
        directory: the folder with Pulumi.yaml; the program's working directory.
        stack: which Pulumi.<stack>.yaml supplies the settings.
        config: settings that override the stack's file, as strings (JSON for structured values).
        program: another ``__main__.py``, for tests and mutation proofs.

    Raises:
        ProjectError: the project or stack file cannot be used.
    """
    settings = load_stack_config(directory.resolve(), stack, config)
    with program_host(settings.directory) as host, host.plan(settings, program) as runs:
        yield runs


def record(
    directory: Path,
    stack: str,
    *,
    preview: bool,
    config: Mapping[str, str] | None = None,
    kms_endpoint: str | None = None,
    program: Path | None = None,
) -> Graph:
    """Run the project's program once and return the graph of its registrations.

    See :func:`loaded` and :meth:`Program.record` for arguments and errors.
    """
    with loaded(directory, stack, config=config, program=program) as once:
        return once.record(preview=preview, kms_endpoint=kms_endpoint)
