"""Records the graph of a program without the engine, with the mocks of the Pulumi SDK.

Nothing is created and there is no state of an earlier run. The program runs in a child process,
because the Pulumi runtime is global to its process.
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
from portcullis.package import NAME
from portcullis.settings.project import StackConfig, load_stack_config

RUN_LIMIT_SECONDS = 600  # the first run downloads the authorizer's wheels


class ProgramError(PortcullisError):
    """The program failed; ``exit_code`` is the exit code of its error."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Program:
    """A program with the settings of one stack, in a child process that can run it again."""

    def __init__(
        self, settings: StackConfig, file: Path, process: subprocess.Popen[str], output: IO[str]
    ) -> None:
        self._settings = settings
        self._file = file
        self._process = process
        self._output = output

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
            self._output.seek(0)
            raise ProgramError(
                f"The program of stack {self._settings.stack!r} ended with exit code {status} and "
                f"without a result. Its output:\n{self._output.read().strip()}"
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
    command = [
        *(sys.executable, "-W", "ignore::DeprecationWarning"),
        *("-m", f"{NAME}.graph.run_program"),
    ]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=settings.directory,
        ) as process,
    ):
        try:
            file = (program or settings.directory / "__main__.py").resolve()
            yield Program(settings, file, process, output)
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
    """Run the project's program once and return the graph of its registrations.

    See :func:`loaded` and :meth:`Program.record` for arguments and errors.
    """
    with loaded(directory, stack, config=config, program=program) as once:
        return once.record(preview=preview, kms_endpoint=kms_endpoint)
