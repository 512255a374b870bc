"""The whole gateway beside nginx with `auth_request`: one backend, one load, one run.

    .venv/bin/python -m benchmarks.gateway [--seconds 0.4] [--rounds 5]

Contenders take turns, and a ratio compares only what ran in the same round. One backend serves all
contenders. The load comes from a process of its own
with a client certificate. Writes results/gateway.json and results/gateway.svg, unless the machine
is busy with other work: then the figures are shown only, and the exit code is 1.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.beside_nginx.backend import serve_backend
from benchmarks.beside_nginx.contender import BenchmarkError, Credentials, free_port
from benchmarks.beside_nginx.figures import medians, plot, ratios
from benchmarks.beside_nginx.laptop import laptops
from benchmarks.beside_nginx.nginx import nginx
from benchmarks.beside_nginx.processes import child
from benchmarks.beside_nginx.race import Rounds, check, race
from benchmarks.machine import MAX_BUSY, busy_share

RESULTS = Path(__file__).parent / "results"
TITLES = ("per second", "p50 µs", "p99 µs", "CPU µs")


def compare(options: argparse.Namespace) -> tuple[dict[str, Rounds], str]:
    """The figures of all contenders, and nginx's version, empty where it is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portcullis-")))
        port = free_port()
        stack.enter_context(child(serve_backend, port)).recv()
        contenders, ready = laptops(stack, root, port)
        files = Credentials(authority=ready["ca"], **next(iter(ready["clients"].values())))
        version = ""
        if program is None:
            print("nginx is not installed, so there is nothing to compare with: no ratios.")
        else:
            contenders = (
                nginx(stack, root / "nginx", port, Path(ready["pki"]), program) + contenders
            )
            run = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
            version = run.stderr.strip().rpartition("/")[2]
        check(contenders, files)
        return race(contenders, files, options.rounds, options.seconds), version


def show(found: dict[str, Rounds]) -> None:
    for title, contenders in medians(found).items():
        print(row(title, *TITLES))
        for name, figures in contenders.items():
            print(row(f"  {name}", *(f"{value:.0f}" for value in figures.values())))
    for name, each in ratios(found).items():
        print(f"{name:56}{each['median']:6.2f} of nginx ({each['min']:.2f} to {each['max']:.2f})")


def record(found: dict[str, Rounds], measured: dict[str, Any]) -> None:
    typical, to_nginx = medians(found), ratios(found)
    written = {
        "ratios": to_nginx,
        "connections": typical,
        "measured": measured,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(written, indent=2) + "\n"
    (RESULTS / "gateway.json").write_text(text, encoding="utf-8")
    (RESULTS / "gateway.svg").write_text(plot(typical), encoding="utf-8")


def row(title: str, *cells: str) -> str:
    return f"{title:24}" + "".join(f"{cell:>12}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 51), metavar="1-50")
    options = parser.parse_args()
    busy = busy_share()
    try:
        found, version = compare(options)
    except BenchmarkError as error:
        sys.exit(f"error: {error}")
    busy = max(busy, busy_share())  # work that began meanwhile counts too
    show(found)
    if busy > MAX_BUSY:
        sys.exit(
            f"Not recorded: other work used {busy:.0%} of the CPU time just before or after. End "
            "it and run this again."
        )
    record(
        found,
        {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "nginx": version,
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "other_work": f"{busy:.0%}",
            "seconds": options.seconds,
            "rounds": options.rounds,
        },
    )


if __name__ == "__main__":
    main()
