"""A million calls: memory and descriptors stay flat; and each process is killed under load.

    .venv/bin/python -m benchmarks.soak [--calls 1000000] [--connections 16]

The laptop runs as a user starts it, with its own backend over TLS. Memory and open descriptors of
every process are sampled; their growth is that of the later half, per million calls. Then each
process that the laptop has started is killed under load: until it runs again, calls may be refused,
but none may pass that must not. The exit code is 1 for growth, a wrong answer, or a process that
does not come back. Writes results/soak.json, unless the machine is busy with other work. Linux
only.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.beside_nginx.contender import Credentials
from benchmarks.beside_nginx.laptop import laptop
from benchmarks.beside_nginx.load import NETWORK, RATE_LIMIT
from benchmarks.endurance.callers import Callers
from benchmarks.endurance.processes import MIB, Sample, descendants, sample, slope
from benchmarks.machine import MAX_BUSY, busy_share

RESULTS = Path(__file__).parent / "results"
SAMPLE_SECONDS = 2.0
MAX_GROWTH_MIB = 16.0  # per million calls and process
MORE_DESCRIPTORS = 32  # than connections, over the whole run
STEADY_CALLS = 300  # right answers in a row before a kill, and after it
RECOVERY_SECONDS = 90.0
KILLED_FOR_SECONDS = 1.0  # of load, at least
# They wait for the next reload, which starts them again; no call needs them.
FOR_RELOADS = frozenset({"portcullis.graph.run_program", "pulumi.policy"})


def soak(running: dict[str, Any], calls: int, connections: int) -> dict[str, Any]:
    """So many calls with samples of every process."""
    pid = running["pid"]
    names = _numbered({pid: "gateway"} | descendants(pid))
    samples: dict[int, list[Sample]] = {each: [] for each in names}
    started = time.monotonic()
    # Ctrl-C ends this part early: the figures say how many calls there were.
    with _calling(running, connections) as callers, suppress(KeyboardInterrupt):
        while callers.tally.calls < calls:
            time.sleep(SAMPLE_SECONDS)
            for each, taken in samples.items():
                with suppress(FileNotFoundError):  # it may end by itself
                    taken.append(sample(each, callers.tally.calls))
            done = callers.tally.calls
            print(f"\r{done:,} calls, {done / (time.monotonic() - started):,.0f}/s ", end="")
    print()
    tally = callers.tally
    return {
        "calls": tally.calls,
        "seconds": round(time.monotonic() - started),
        "statuses": {str(status): number for status, number in sorted(tally.statuses.items())},
        "lost": tally.lost,
        "wrong": dict(tally.wrong),
        "processes": [
            {"name": names[each], **_growth(taken)} for each, taken in samples.items() if taken
        ],
    }


def _numbered(names: dict[int, str]) -> dict[int, str]:
    """Several workers of one name are told apart."""
    seen: Counter[str] = Counter()
    numbered: dict[int, str] = {}
    for pid, name in names.items():
        seen[name] += 1
        numbered[pid] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return numbered


def _growth(taken: list[Sample]) -> dict[str, float]:
    later = taken[len(taken) // 2 :]
    return {
        "first_mib": round(taken[0].memory_bytes / MIB, 1),
        "last_mib": round(taken[-1].memory_bytes / MIB, 1),
        "mib_per_million_calls": round(slope(later, "memory_bytes") / MIB, 2),
        "first_descriptors": taken[0].descriptors,
        "last_descriptors": taken[-1].descriptors,
        "most_descriptors": max(each.descriptors for each in taken),
        "descriptors_per_million_calls": round(slope(later, "descriptors"), 2),
    }


def kills(running: dict[str, Any], connections: int) -> list[dict[str, Any]]:
    """Kill each process that the gateway has started, one after the other, under load."""
    done: list[dict[str, Any]] = []
    with _calling(running, connections) as callers:
        for name in sorted(set(descendants(running["pid"]).values())):
            _until(lambda: callers.tally.right_in_a_row >= STEADY_CALLS)
            done.append(_kill(name, running["pid"], callers))
            print(f"  {done[-1]}")
    return done


def _kill(name: str, gateway: int, callers: Callers) -> dict[str, Any]:
    """Kill the processes of this name, and wait until they and all answers are back."""

    def pids() -> list[int]:
        return [pid for pid, its in descendants(gateway).items() if its == name]

    def is_back() -> bool:
        has_processes = name in FOR_RELOADS or len(pids()) >= len(killed)
        return has_processes and callers.tally.right_in_a_row >= STEADY_CALLS

    statuses, lost, killed = callers.tally.statuses.copy(), callers.tally.lost, pids()
    callers.may_fail = True
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    at = time.monotonic()
    callers.tally.right_in_a_row = 0
    time.sleep(KILLED_FOR_SECONDS)
    recovered = _until(is_back)
    took = round(time.monotonic() - at, 1)
    callers.may_fail = False
    seen = callers.tally.statuses - statuses
    return {
        "name": name,
        "processes": len(killed),
        "recovered_after_seconds": took if recovered else None,
        "statuses": {str(status): number for status, number in sorted(seen.items())},
        "lost": callers.tally.lost - lost,
        "wrong": dict(callers.tally.wrong),
    }


@contextmanager
def _calling(running: dict[str, Any], connections: int) -> Iterator[Callers]:
    files = Credentials(authority=running["ca"], **next(iter(running["clients"].values())))
    port = int(running["gateway"].rpartition(":")[2])
    callers = Callers(port, files, running["example"]["path"], connections)
    callers.start()
    try:
        yield callers
    finally:
        callers.stop()


def _until(is_so: Callable[[], bool]) -> bool:
    """Whether it became so within RECOVERY_SECONDS."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def faults(soaked: dict[str, Any], killed: list[dict[str, Any]], connections: int) -> list[str]:
    """What must not be, in words."""
    found = [f"wrong answers: {soaked['wrong']}"] if soaked["wrong"] else []
    if soaked["lost"]:
        found.append(f"{soaked['lost']} connections ended without an answer")
    for each in soaked["processes"]:
        if each["mib_per_million_calls"] > MAX_GROWTH_MIB:
            found.append(f"{each['name']} grows by {each['mib_per_million_calls']} MiB a million")
        if each["most_descriptors"] > each["first_descriptors"] + connections + MORE_DESCRIPTORS:
            found.append(f"{each['name']} has {each['most_descriptors']} descriptors open")
    for each in killed:
        if each["recovered_after_seconds"] is None:
            found.append(f"{each['name']} did not come back")
        if each["wrong"]:
            found.append(f"after the end of {each['name']}: {each['wrong']}")
    return found


def figures(soaked: dict[str, Any], killed: list[dict[str, Any]]) -> dict[str, str]:
    """What README.md shows, by title."""
    shown = {
        f"{each['name']}: memory, growth per million calls": (
            f"{each['first_mib']:.0f} to {each['last_mib']:.0f} MiB, "
            f"{each['mib_per_million_calls']:+.1f} MiB"
        )
        for each in soaked["processes"]
    }
    shown |= {
        f"{each['name']}: descriptors, at most": (
            f"{each['first_descriptors']} to {each['last_descriptors']}, {each['most_descriptors']}"
        )
        for each in soaked["processes"]
    }
    shown |= {
        f"{each['name']} killed under load: answers until all are right again": (
            ", ".join(f"{status}: {number}" for status, number in each["statuses"].items())
            + f" in {each['recovered_after_seconds']} s"
        )
        for each in killed
    }
    wrong = sum(soaked["wrong"].values()) + sum(sum(each["wrong"].values()) for each in killed)
    return shown | {"calls that passed and must not, and other wrong answers": str(wrong)}


def show(shown: dict[str, str]) -> None:
    for title, value in shown.items():
        print(f"  {title}: {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    busy = busy_share()
    common = {
        "rateWindowSeconds": "300",
        "rateLimit": str(RATE_LIMIT),
        "allowedCidrs": json.dumps([str(NETWORK)]),
    }
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portcullis-")))
        cached = common | {"authorizerCacheSeconds": "60"}
        soaked = soak(laptop(stack, root / "soak", cached), options.calls, options.connections)
    answers = ", ".join(f"{status}: {number:,}" for status, number in soaked["statuses"].items())
    show({"answers": answers} | figures(soaked, []))  # also if the kills fail
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portcullis-")))
        uncached = common | {"authorizerCacheSeconds": "0"}  # so that every call needs each process
        killed = kills(laptop(stack, root / "kills", uncached), options.connections)
    busy = max(busy, busy_share())
    written = {
        "figures": figures(soaked, killed),
        "soak": soaked,
        "killed": killed,
        "measured": {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "calls": soaked["calls"],
            "seconds": soaked["seconds"],
            "connections": options.connections,
        },
    }
    if busy > MAX_BUSY:
        print(f"Not recorded: other work used {busy:.0%} of the CPU time just before or after.")
    else:
        text = json.dumps(written, indent=2) + "\n"
        (RESULTS / "soak.json").write_text(text, encoding="utf-8")
    if found := faults(soaked, killed, options.connections):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
