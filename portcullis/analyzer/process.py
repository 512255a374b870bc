"""Runs a policy pack in its own process, as the engine's Python plugin does.

The engine runs ``python -u -m pulumi.policy <engine address> .`` inside the pack's folder, with the
interpreter of the virtual environment that PulumiPolicy.yaml names, and reads the port from the
first line of standard output.
Source: pulumi/pulumi, sdk/python/dist/pulumi-analyzer-policy-python and analyzer_plugin.go.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import yaml

from portcullis.analyzer.pack_folder import PACK_FILE
from portcullis.errors import MisuseError, PortcullisError

START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 5
POLL_SECONDS = 0.005
STDERR_TAIL = 4000
NO_ENGINE = "127.0.0.1:0"  # only a pack that logs to the engine connects to it


class PackError(MisuseError):
    """The folder is not a policy pack that can be run."""


class PackStartError(PortcullisError):
    """The pack's process ended, or printed no port in time."""


@contextmanager
def pack_process(pack: Path, *, launcher: Sequence[str] = ()) -> Iterator[int]:
    """Run the pack until the end of the block and yield its loopback port.

    Args:
        pack: its folder.
        launcher: a command that runs the arguments after it.

    Raises:
        PackError: there is no PulumiPolicy.yaml, or it has another runtime.
        PackStartError: the process did not start; the message contains the end of its output.
    """
    folder = pack.resolve()
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        # Only local values: the interpreter of the pack, its folder, our environment.
        subprocess.Popen(  # noqa: S603
            [*launcher, _interpreter(folder), "-u", "-m", "pulumi.policy", NO_ENGINE, "."],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        ) as process,
    ):
        try:
            yield _wait_for_port(folder, process, out, err)
        finally:
            _stop(process)


def pack_version(folder: Path) -> str:
    """The version that PulumiPolicy.yaml names; the policy SDK for Python does not tell it."""
    described = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return str(described.get("version") or "")


def _interpreter(folder: Path) -> str:
    path = folder / PACK_FILE
    try:
        runtime = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("runtime")
    except OSError as error:
        raise PackError(
            f"{folder} is not a policy pack: {path.name} cannot be read ({error.strerror})."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise PackError(f"{path} must be a YAML mapping: {error}") from error
    name: object = runtime
    options: dict[str, object] = {}
    if isinstance(runtime, dict):
        name, options = runtime.get("name"), runtime.get("options") or {}
    if name != "python":
        raise PackError(f"{path} has the runtime {name!r}; it must be 'python'.")
    own = folder / str(options.get("virtualenv", "")) / "bin" / "python"
    return str(own) if "virtualenv" in options and own.exists() else sys.executable


def _wait_for_port(
    folder: Path, process: subprocess.Popen[bytes], out: IO[bytes], err: IO[bytes]
) -> int:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline:
        line, newline, _ = _read(out).partition(b"\n")
        if newline:
            if line.strip().isdigit():
                return int(line)
            raise PackStartError(
                f"The policy pack {folder} printed {line[:80]!r} instead of its port. "
                "A pack must not print anything before PolicyPack starts."
            )
        if process.poll() is not None:
            break
        time.sleep(POLL_SECONDS)
    state = (
        f"printed no port in {START_LIMIT_SECONDS} seconds"
        if process.poll() is None
        else f"ended with exit code {process.returncode}"
    )
    said = (_read(out) + _read(err)).decode(errors="replace").strip()[-STDERR_TAIL:]
    raise PackStartError(f"The policy pack {folder} {state} and does not serve.\n{said}")


def _read(stream: IO[bytes]) -> bytes:
    # The child shares the file offset, so read by position.
    return os.pread(stream.fileno(), 1 << 20, 0)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
