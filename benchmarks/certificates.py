"""Issuing client certificates: `certs issue --from` beside `openssl req` and `openssl ca`.

Run: .venv/bin/python -m benchmarks.certificates
Each round issues as many certificates with each contender, one after the other: a P-256 key, a
certificate of one year, the files of both, and a line in the index. OpenSSL gets one `openssl req`
for each client, since it makes one request at a time, and a single `openssl ca` that signs them
all. Processor time is of all processes together, so work of others does not lengthen it.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from portcullis.pki import hierarchy
from portcullis.pki.layout import PkiLayout, Purpose

RESULTS = Path(__file__).with_name("results")
ROUNDS = 3
COUNT = 1_000
MANY = 10_000
OPENSSL_CA = """
[ca]
default_ca = partners
[partners]
database = index.txt
serial = serial
new_certs_dir = issued
certificate = {certificate}
private_key = {key}
default_md = sha256
default_days = 365
policy = any
x509_extensions = client
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
[client]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = URI:spiffe://portcullis.local/client/shop
"""


class Cost(NamedTuple):
    cpu: float
    wall: float


def main() -> None:
    rounds: list[dict[str, Cost]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            place = Path(folder) / str(number)
            place.mkdir()
            contenders = [("ours", _ours), ("req", _requests), ("ca", _signatures)]
            rounds.append({name: _cost(run, place, COUNT) for name, run in contenders})
        many = Path(folder) / "many"
        many.mkdir()
        ten_thousand = _cost(_ours, many, MANY)
    per_second = {
        "ours": [COUNT / one["ours"].cpu for one in rounds],
        "openssl": [COUNT / (one["req"].cpu + one["ca"].cpu) for one in rounds],
        "openssl ca alone": [COUNT / one["ca"].cpu for one in rounds],
    }
    report = {
        "ratios": {
            f"certificates_per_CPU_second_to_{name.replace(' ', '_')}": _spread(
                [ours / other for ours, other in zip(per_second["ours"], found, strict=True)]
            )
            for name, found in per_second.items()
            if name != "ours"
        },
        "certificates_per_cpu_second": {
            name: round(statistics.median(found)) for name, found in per_second.items()
        },
        "ten_thousand": {
            "cpu_seconds": round(ten_thousand.cpu, 2),
            "seconds": round(ten_thousand.wall, 2),
            "certificates_per_cpu_second": round(MANY / ten_thousand.cpu),
        },
        "measured": {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "openssl": _openssl_version(),
            "machine": platform.machine(),
            "CPUs": os.cpu_count(),
            "count": COUNT,
            "rounds": ROUNDS,
            "certificates per CPU second of 10,000": round(MANY / ten_thousand.cpu),
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "certificates.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


def _ours(place: Path, count: int) -> None:
    rows = "".join(f"client-{number:05}\n" for number in range(count))
    (place / "partners.csv").write_text("client\n" + rows)
    hierarchy.create_all(PkiLayout(place / "pki"), [Purpose.CLIENT])
    command = [sys.executable, "-m", "portcullis", "certs", "issue", "--from", "partners.csv"]
    options = ["--out", "out", "--pki", "pki"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    _run([*command, *options], place, environment)
    if len(list((place / "out").glob("*.key"))) != count:
        raise RuntimeError("not every client has a key")


def _requests(place: Path, count: int) -> None:
    (place / "requests").mkdir()
    for number in range(count):
        name = f"requests/client-{number:05}"
        _run(
            [
                *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
                *("-subj", f"/CN=client-{number:05}"),
            ],
            place,
        )


def _signatures(place: Path, count: int) -> None:
    ca = PkiLayout(Path("pki")).authority(Purpose.CLIENT)
    configuration = OPENSSL_CA.format(certificate=ca.intermediate, key=ca.intermediate_key)
    (place / "ca.cnf").write_text(configuration)
    (place / "index.txt").touch()
    (place / "issued").mkdir()
    requests = sorted(str(path) for path in (place / "requests").glob("*.csr"))
    _run(["openssl", "ca", "-batch", "-notext", "-config", "ca.cnf", "-infiles", *requests], place)
    if len(list((place / "issued").iterdir())) != count:
        raise RuntimeError("not every request was signed")


def _run(command: list[str], place: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[:3]}: {done.stderr[-500:]}")


def _cost(run: Callable[[Path, int], None], place: Path, count: int) -> Cost:
    before, start = _cpu(), time.perf_counter()
    run(place, count)
    return Cost(cpu=_cpu() - before, wall=time.perf_counter() - start)


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


def _openssl_version() -> str:
    done = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


if __name__ == "__main__":
    main()
