"""`portcullis up` as a contender, with the authorizer's cache and without."""

import json
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.beside_nginx.contender import CACHE_SECONDS, HOST, BenchmarkError, Contender
from benchmarks.beside_nginx.load import NETWORK, RATE_LIMIT
from benchmarks.beside_nginx.processes import ended

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60.0
CACHED = "gateway, cached"


def laptop(
    stack: ExitStack, state: Path, settings: Mapping[str, str], *, backend: int | None = None
) -> dict[str, Any]:
    """Start `portcullis up`, for the backend on this port or its own: its message, and its pid."""
    command = [sys.executable, "-m", "portcullis", "up", "--json", "--state-dir", str(state)]
    command += ["--project", str(PROJECT), "--port", "0", "--default-endpoint-port", "0"]
    command += ["--engine", "in-process", "--no-inspector"]
    command += (
        ["--backend-port", "0"] if backend is None else ["--backend", f"http://{HOST}:{backend}"]
    )
    for name, value in settings.items():
        command += ["--config", f"{name}={value}"]
    state.mkdir(mode=0o700, exist_ok=True)
    log = state / "up.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    stack.enter_context(ended(process))
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    is_there = select.select([process.stdout], [], [], START_SECONDS)[0]
    line = process.stdout.readline() if is_there else b""
    if not line:
        raise BenchmarkError(f"`portcullis up` did not start: {log.read_text(errors='replace')}")
    ready: dict[str, Any] = json.loads(line)
    return ready | {"pid": process.pid}


def laptops(stack: ExitStack, root: Path, backend: int) -> tuple[list[Contender], dict[str, Any]]:
    """With the authorizer's cache and without; the second gets the first one's certificates."""
    cached, uncached = root / "cached", root / "uncached"
    common = {
        "rateWindowSeconds": "300",
        "rateLimit": str(RATE_LIMIT),
        "allowedCidrs": json.dumps([str(NETWORK)]),
    }
    life = {"authorizerCacheSeconds": str(CACHE_SECONDS), "tokenLifeSeconds": "900"}
    one = laptop(stack, cached, common | life, backend=backend)
    uncached.mkdir(mode=0o700)
    shutil.copytree(one["pki"], uncached / "pki")
    other = laptop(stack, uncached, common | {"authorizerCacheSeconds": "0"}, backend=backend)
    return [
        Contender(name=name, port=int(ready["gateway"].rpartition(":")[2]), pid=ready["pid"])
        for name, ready in ((CACHED, one), ("gateway, not cached", other))
    ], one
