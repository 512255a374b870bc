"""How busy the machine is with other work: figures of a busy machine are not recorded."""

import time
from pathlib import Path

MAX_BUSY = 0.1
SAMPLE_SECONDS = 2.0
STAT = Path("/proc/stat")
_IDLE, _IOWAIT = 3, 4  # columns of /proc/stat


def busy_share(seconds: float = SAMPLE_SECONDS) -> float:
    """The share of all CPU time that was used, by the machine or its host, in a short wait."""
    before = _cpu_ticks()
    time.sleep(seconds)
    spent = [after - earlier for earlier, after in zip(before, _cpu_ticks(), strict=True)]
    return 1 - (spent[_IDLE] + spent[_IOWAIT]) / max(sum(spent), 1)


def _cpu_ticks() -> list[int]:
    first, *_ = STAT.read_text(encoding="ascii").splitlines()
    return [int(column) for column in first.split()[1:9]]  # guest time is part of user time
