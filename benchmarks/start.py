"""Seconds until `portcullis up` is ready, and from a saved file to the new plan.

A copy of the project is watched by a real `portcullis up --watch`; each edit is undone. The time of
an edit runs from the save to the line that says that it is served. The yardstick is the import of
the Pulumi SDK's AWS package in a new interpreter, which every plan without a running laptop needs.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import MAX_BUSY, busy_share
from portcullis.sample import SAMPLE

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "start.json"
LEFT_OUT = (".git", ".venv", ".portcullis", ".*_cache", "tests", "docs", "benchmarks")
LIMIT_SECONDS = 300.0
SDK = "import pulumi_aws.apigateway, pulumi_aws.lambda_, pulumi_aws.wafv2"
EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "clients": (
        "clients.local.yaml",
        lambda text: text.replace("status: suspended", "status: active"),
    ),
    "lists": ("Pulumi.local.yaml", lambda text: text.replace("127.0.0.0/24", "127.0.0.0/16")),
    "contract": (
        SAMPLE.contract,
        lambda text: re.sub(r"\n  /\w+:\n", "\n  /renamed:\n", text, count=1),
    ),
    "program": ("components/waf_shield.py", lambda text: text + "# edited\n"),
    "authorizer": ("authorizer/handler.py", lambda text: text + "# edited\n"),
}


class WatchedLaptop:
    """A `portcullis up --watch` of a project."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._said = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def edit(self, file: Path, text: str) -> float:
        """Seconds from the save to the line about the new plan."""
        with self._said:
            seen = len(self._lines)
            began = time.monotonic()
            file.write_text(text, encoding="utf-8")
            self._said.wait_for(lambda: self._about(seen), LIMIT_SECONDS)
            took = time.monotonic() - began
            if not self._about(seen).startswith("Reloaded"):
                raise SystemExit(f"{file} was not reloaded: {''.join(self._lines[seen:])}")
        return took

    def _about(self, seen: int) -> str:
        return next((line for line in self._lines[seen:] if "eloaded" in line), "")

    def _read(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        for line in self._process.stderr:
            with self._said:
                self._lines.append(line)
                self._said.notify_all()


@contextmanager
def started(project: Path, state: Path) -> Iterator[tuple[float, WatchedLaptop]]:
    """Seconds until it was ready, and the laptop; it ends with the block."""
    ports = ("--port", "--default-endpoint-port", "--backend-port", "--inspector-port")
    command = [
        *(sys.executable, "-m", "portcullis", "up", "--watch", "--json", "--engine", "in-process"),
        *("--state-dir", str(state), *(word for port in ports for word in (port, "0"))),
    ]
    began = time.monotonic()
    # Bytecode of earlier starts is used, as on a developer's machine.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe
        if not process.stdout.readline():
            raise SystemExit(f"portcullis up did not start: {process.communicate()[1]}")
        yield time.monotonic() - began, WatchedLaptop(process)
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)


def sdk_import_seconds() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", SDK], check=True)
    return time.monotonic() - began


def measure(project: Path, state: Path, rounds: int) -> dict[str, float]:
    """Medians in seconds, by what was waited for; every round has a start of its own."""
    seconds: dict[str, list[float]] = {}
    with started(project, state):  # makes certificates, zip and bytecode
        pass
    for _ in range(rounds):
        seconds.setdefault("sdk import", []).append(sdk_import_seconds())
        with started(project, state) as (ready, laptop):
            seconds.setdefault("ready", []).append(ready)
            for what, (name, change) in EDITS.items():
                file = project / name
                kept = file.read_text(encoding="utf-8")
                for text in (change(kept), kept):
                    seconds.setdefault(what, []).append(laptop.edit(file, text))
    return {what: round(statistics.median(times), 3) for what, times in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    busy = busy_share()
    with tempfile.TemporaryDirectory(prefix="portcullis-start-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (project / ".venv").symlink_to(ROOT / ".venv")  # the policy pack's interpreter
        seconds = measure(project, Path(folder) / "state", options.rounds)
    busy = max(busy, busy_share())
    for what, median in seconds.items():
        print(f"{what:12} {median:6.2f} s")
    if busy > MAX_BUSY:
        raise SystemExit(f"Not recorded: other work used {busy:.0%} of the CPU time.")
    yardstick = seconds["sdk import"]
    results = {
        "ratios": {
            f"{what}_to_sdk_import": round(median / yardstick, 2)
            for what, median in seconds.items()
            if what != "sdk import"
        },
        "seconds": seconds,
        "measured": {
            "at": f"{datetime.now(UTC):%Y-%m-%d}",
            "python": platform.python_version(),
            "machine": platform.machine(),
            "rounds": options.rounds,
        },
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
