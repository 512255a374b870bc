"""How long a revocation list of any size takes to be opened and looked into, and what it weighs.

.venv/bin/python -m benchmarks.revocations
"""

import hashlib
import json
import statistics
import tempfile
import time
from pathlib import Path

from authorizer.revocations import RevocationLists, entry_of
from components.authorizer_revocations import table

COUNTS = (1_000, 100_000, 1_000_000)
LOOKUPS = 3000
ISSUER = '[["2.5.4.3","Issuing CA"]]'


def serial_number(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def memory_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def measure(count: int, path: Path) -> str:
    started = time.perf_counter()
    entries = sorted(entry_of(ISSUER, serial_number(n)) for n in range(count))
    path.write_bytes(table(json.dumps({ISSUER: [1, 0, 9e9]}).encode(), entries))
    built = time.perf_counter() - started
    del entries
    before = memory_mb()
    started = time.perf_counter()
    lists = RevocationLists(path)
    opened = time.perf_counter() - started
    times = []
    for n in range(LOOKUPS):
        wanted = serial_number(n * 7 % count) if n % 2 else f"{n:x}"
        started = time.perf_counter()
        lists._holds(ISSUER, wanted)
        times.append(time.perf_counter() - started)
    return (
        f"{count:>9,} serial numbers: file {path.stat().st_size:>9,} bytes, "
        f"built in {built:5.2f} s, opened in {opened * 1e6:4.0f} µs, "
        f"memory {memory_mb() - before:4.1f} MB, lookup p50 {statistics.median(times) * 1e6:.1f} µs"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            print(measure(count, Path(folder) / "revocations.bin"), flush=True)


if __name__ == "__main__":
    main()
