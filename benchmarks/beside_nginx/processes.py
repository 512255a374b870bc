"""Child processes of a benchmark: ended with it, and their CPU time."""

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

STOP_SECONDS = 20.0


@contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def child(target: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """A process with a pipe to it; None is its sign to end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments))
    process.start()
    theirs.close()  # so that its death is the end of the pipe
    try:
        yield ours
    finally:
        with suppress(OSError):
            ours.send(None)
        process.join(2)
        process.kill()
        process.join()


def cpu_seconds(pid: int) -> float:
    """Of a process and all it started, user and system."""
    folder = Path("/proc") / str(pid)
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = [
        int(child) for task in folder.glob("task/*/children") for child in task.read_text().split()
    ]
    return own + sum(cpu_seconds(child) for child in children)
