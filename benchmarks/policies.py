"""What the policy pack costs: its start, and its judgement on small and very large stacks.

Run: .venv/bin/python -m benchmarks.policies
The graphs are copies of the local stack, each with names of its own. The empty pack holds one rule
of each kind that looks at nothing: what it takes is the policy SDK's own time.
Judgements are given in seconds of processor time of both processes, which other work on the machine
does not lengthen, and in seconds on the clock beside it; starts on the clock alone.
"""

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bars import Bar, bars
from portcullis.analyzer import running_pack
from portcullis.graph.in_process import record
from portcullis.graph.resource import Graph, Resource
from portcullis.pki import laptop
from portcullis.settings.stack_settings import StackSettings

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results")
SIZES = (100, 1_000, 10_000)
ROUNDS = {100: 5, 1_000: 3, 10_000: 2}
STARTS = 15
PREFIX = "portcullis-local"  # every explicit name of the local stack starts with it
EMPTY_PACK = """
from pulumi_policy import *

def nothing(args, report):
    pass

PolicyPack("empty", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("nothing-early", "Looks at nothing.", nothing),
    StackValidationPolicy("nothing-late", "Looks at nothing.", nothing),
])
"""


class Cost(NamedTuple):
    cpu: float
    wall: float


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty = _empty_pack(Path(folder) / "empty")
        stack = _local_stack(Path(folder) / "pki")
        starts = _starts(empty)
        costs = {
            "empty pack": _judgements(empty, stack),
            "our pack": _judgements(PROJECT / "policies", stack),
        }
    ours = costs["our pack"]
    report = {
        "ratios": {
            "start_to_sdk_import": round(starts["our pack"] / starts["the SDK's import"], 3),
            "ten_thousand_to_one_thousand": round(ours[10_000].cpu / ours[1_000].cpu, 3),
            "ten_thousand_to_empty_pack": round(
                ours[10_000].cpu / costs["empty pack"][10_000].cpu, 3
            ),
        },
        "start_beyond_sdk_import_seconds": round(
            starts["our pack"] - starts["the SDK's import"], 3
        ),
        "start_seconds": {name: round(value, 3) for name, value in starts.items()},
        "judge_cpu_seconds": {
            name: {str(size): round(cost.cpu, 3) for size, cost in found.items()}
            for name, found in costs.items()
        },
        "judge_seconds": {
            name: {str(size): round(cost.wall, 3) for size, cost in found.items()}
            for name, found in costs.items()
        },
        "measured": {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "policies.json").write_text(json.dumps(report, indent=2) + "\n")
    (RESULTS / "policies.svg").write_text(_plot(starts, costs))
    print(json.dumps(report, indent=2))


def _local_stack(folder: Path) -> Graph:
    pki = laptop.ensure(folder, hosts=["localhost"], clients={})
    config = {StackSettings.key("truststore_file"): str(pki.truststore_file)}
    return record(PROJECT, "local", preview=True, config=config)


def _empty_pack(folder: Path) -> Path:
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("name: empty\nruntime: python\nversion: 0.0.1\n")
    (folder / "__main__.py").write_text(EMPTY_PACK)
    return folder


def _judgements(pack: Path, stack: Graph) -> dict[int, Cost]:
    start = _cost(pack, None)
    found: dict[int, Cost] = {}
    for size in SIZES:
        graph = _of_size(stack, size)
        best = min(_cost(pack, graph) for _ in range(ROUNDS[size]))
        found[size] = Cost(cpu=best.cpu - start.cpu, wall=best.wall)
    return found


def _cost(pack: Path, graph: Graph | None) -> Cost:
    """Of one judgement, and of the pack's start and end; of these alone without a graph."""
    before, wall = _cpu(), 0.0
    with running_pack(pack) as running:
        if graph is not None:
            start = time.perf_counter()
            violations = running.judge(graph, preview=True).violations
            wall = time.perf_counter() - start
            if violations:  # a refused stack would be another amount of work
                raise RuntimeError(f"the benchmark's own stack is refused: {violations[0]}")
    return Cost(cpu=_cpu() - before, wall=wall)


def _cpu() -> float:
    """Of this process and of the children that have ended."""
    own, ended = (
        resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def _of_size(stack: Graph, size: int) -> Graph:
    """Whole copies of the stack, and log groups for the rest."""
    copies, rest = divmod(size, len(stack.resources))
    resources = [one for number in range(copies) for one in _copy(stack, number)]
    resources += [_log_group(stack, number) for number in range(rest)]
    return replace(stack, resources=tuple(resources))


def _copy(stack: Graph, number: int) -> Iterator[Resource]:
    """The stack with other names; a deployment follows the renamed body of its API."""
    copied = [_renamed(resource, number) for resource in stack]
    digests = {
        _digest(before): _digest(after)
        for before, after in zip(stack.resources, copied, strict=True)
        if "body" in before.inputs
    }
    for one in copied:
        triggers = one.inputs.get("triggers") or {}
        renewed = {key: digests.get(value, value) for key, value in triggers.items()}
        new = {"triggers": renewed} if triggers else {}
        yield replace(one, inputs={**one.inputs, **new}, outputs={**one.outputs, **new})


def _digest(api: Resource) -> str:
    return hashlib.sha256(str(api.inputs["body"]).encode()).hexdigest()


def _renamed(original: Resource, number: int) -> Resource:
    def urns(found: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{urn}-{number}" for urn in found)

    return replace(
        original,
        urn=f"{original.urn}-{number}",
        name=f"{original.name}-{number}",
        parent=f"{original.parent}-{number}" if original.parent else None,
        inputs=_with_names(original.inputs, number),
        outputs=_with_names(original.outputs, number),
        dependencies=urns(original.dependencies),
        property_dependencies={k: urns(v) for k, v in original.property_dependencies.items()},
    )


def _with_names(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _with_names(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_names(inner, number) for inner in value]
    return value.replace(PREFIX, f"{PREFIX}-{number}") if isinstance(value, str) else value


def _log_group(stack: Graph, number: int) -> Resource:
    inputs = {"name": f"more-{number}", "retentionInDays": 30}
    type_ = "aws:cloudwatch/logGroup:LogGroup"
    return Resource(
        urn=f"urn:pulumi:{stack.stack}::{stack.project}::{type_}::more-{number}",
        type=type_,
        name=f"more-{number}",
        inputs=inputs,
        outputs=inputs,
    )


def _plot(starts: dict[str, float], costs: dict[str, dict[int, Cost]]) -> str:
    charts = {
        "start to ready": [Bar(name, value, f"{value:.2f} s") for name, value in starts.items()]
    }
    for size in SIZES:
        charts[f"judge {size:,} resources, processor time"] = [
            Bar(name, found[size].cpu, f"{found[size].cpu:.2f} s") for name, found in costs.items()
        ]
    return bars(charts)


def _starts(empty: Path) -> dict[str, float]:
    """The shortest of several starts each, taken in turn."""
    works: dict[str, Callable[[], None]] = {
        "the SDK's import": _import_sdk,
        "empty pack": lambda: _start(empty),
        "our pack": lambda: _start(PROJECT / "policies"),
    }
    rounds = [{name: _seconds(work) for name, work in works.items()} for _ in range(STARTS)]
    return {name: min(one[name] for one in rounds) for name in works}


def _import_sdk() -> None:
    subprocess.run([sys.executable, "-c", "import pulumi_policy"], check=True)


def _start(pack: Path) -> None:
    with running_pack(pack):
        pass


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
