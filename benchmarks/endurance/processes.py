"""Memory and descriptors of the gateway and of every process that it started."""

import os
from pathlib import Path
from typing import NamedTuple

MIB = 1024 * 1024


class Sample(NamedTuple):
    """One look at a process, after so many calls."""

    calls: int
    memory_bytes: int
    descriptors: int


def descendants(pid: int) -> dict[int, str]:
    """Every process below this one, with a name for it."""
    found: dict[int, str] = {}
    for task in (Path("/proc") / str(pid)).glob("task/*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child: name_of(child)} | descendants(child)
    return found


def name_of(pid: int) -> str:
    """What it runs: the module or the script, without folders and ports."""
    arguments = (Path("/proc") / str(pid) / "cmdline").read_bytes().decode().split("\0")
    if "-m" in arguments:
        return arguments[arguments.index("-m") + 1]
    scripts = [Path(text).name for text in arguments[1:] if text.endswith(".py")]
    return scripts[-1] if scripts else Path(arguments[0]).name


def sample(pid: int, calls: int) -> Sample:
    folder = Path("/proc") / str(pid)
    pages = int((folder / "statm").read_text().split()[1])
    return Sample(calls, pages * os.sysconf("SC_PAGE_SIZE"), len(list((folder / "fd").iterdir())))


def slope(samples: list[Sample], member: str) -> float:
    """The growth per million calls, by least squares."""
    xs = [float(s.calls) for s in samples]
    ys = [float(getattr(s, member)) for s in samples]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    if not spread:
        return 0.0
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / spread * 1e6
