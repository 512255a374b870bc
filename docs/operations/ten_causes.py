"""Tries ten causes of a 403 on a laptop: provoke it, ask `portcullis explain`, do what it says.

    .venv/bin/python docs/operations/ten_causes.py

Writes ten_causes.json beside it, which causes_page.py puts into 403.md. Needs curl. The seconds are
those of the commands on this machine, without the time to read.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from portcullis.pki import hierarchy  # noqa: E402 - found by the line above
from portcullis.pki.laptop import ensure  # noqa: E402
from portcullis.pki.layout import PkiLayout, Purpose  # noqa: E402
from tests.portcullis.laptop.copies import copy_project  # noqa: E402

RESULTS = Path(__file__).with_suffix(".json")
OUTSIDE = "127.0.1.9"  # not in the laptop's allow-list
PORTCULLIS = (sys.executable, "-m", "portcullis")


@dataclass(kw_only=True)
class Laptop:
    """A laptop of a copy of the project, in a folder of its own."""

    folder: Path
    project: Path
    process: subprocess.Popen[str] | None = None
    ready: dict[str, Any] = field(default_factory=dict)

    @property
    def clients(self) -> Path:
        return self.project / "clients.local.yaml"

    def start(self) -> None:
        command = [*PORTCULLIS, "up", "--json", "--state-dir", str(self.folder / "state")]
        command += ["--project", str(self.project), "--engine", "in-process"]
        command += ["--port", "0", "--default-endpoint-port", "0", "--backend-port", "0"]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("The laptop did not start; its message is above.")
        self.ready = json.loads(line)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def status(self, call: "Call") -> int:
        """The HTTP status of a call with curl."""
        files = self.ready["clients"].get(call.client, {})
        certificate = call.certificate or (files.get("certificate"), files.get("key"))
        command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
        command += ["--cacert", self.ready["ca"], "--cert", certificate[0], "--key", certificate[1]]
        command += [*call.options, self.ready[call.endpoint] + call.path]
        called = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=True
        )
        return int(called.stdout)

    def portcullis(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            [*PORTCULLIS, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"portcullis {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


@dataclass(frozen=True, kw_only=True)
class Call:
    client: str = "pet-shop"
    certificate: tuple[str, str] | None = None
    path: str = "/pets"
    options: Sequence[str] = ()
    endpoint: str = "gateway"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A call that is refused, and what `portcullis explain` says to do about it."""

    cause: str
    refused: Call
    fix: str
    commands: Callable[[Laptop], None] | None = None
    then: Call = field(default_factory=Call)


def attempts(laptop: Laptop) -> list[Attempt]:
    """In the order of the gates."""
    expired = _expired(laptop)
    other = _other_authority(laptop)
    renewed = laptop.folder / "new" / "pet-shop"
    write = ("--json", '{"type":"cat","price":1}')
    return [
        Attempt(
            cause="the certificate has expired",
            refused=Call(certificate=expired),
            fix="`portcullis certs issue pet-shop --out new`",
            commands=_issue,
            then=Call(certificate=(f"{renewed}.pem", f"{renewed}.key")),
        ),
        Attempt(
            cause="the certificate is from another authority",
            refused=Call(certificate=other),
            fix="call with the certificate of the right authority",
        ),
        Attempt(
            cause="the call goes to the default endpoint",
            refused=Call(endpoint="default_endpoint", path="/local/pets"),
            fix="call the custom domain",
        ),
        Attempt(
            cause="the address is not in the allow-list",
            refused=Call(options=("--interface", OUTSIDE)),
            fix="add `127.0.1.0/24` to `allowedCidrs`, `portcullis reload`",
            commands=_allow_the_network,
            then=Call(options=("--interface", OUTSIDE)),
        ),
        Attempt(
            cause="no User-Agent",
            refused=Call(options=("--user-agent", "")),
            fix="send one",
        ),
        Attempt(
            cause="a value that looks like SQL",
            refused=Call(path="/pets?type=dog%27%20OR%20%271%27=%271"),
            fix="change the value",
            then=Call(path="/pets?type=dog"),
        ),
        Attempt(
            cause="a path that is not in the contract",
            refused=Call(path="/pet"),
            fix="correct the path",
        ),
        Attempt(
            cause="the client is not registered",
            refused=Call(client="stranger"),
            fix="`portcullis clients add stranger --certificate FILE …`, `portcullis reload`",
            commands=_register_the_stranger,
            then=Call(client="stranger"),
        ),
        Attempt(
            cause="the client is suspended",
            refused=Call(client="pet-hotel"),
            fix="`portcullis clients resume pet-hotel`, `portcullis reload`",
            commands=_resume_the_hotel,
            then=Call(client="pet-hotel"),
        ),
        Attempt(
            cause="the client lacks the scope",
            refused=Call(client="pet-viewer", options=write),
            fix="`portcullis clients set-scopes pet-viewer --scope …`, `portcullis reload`",
            commands=_widen_the_viewer,
            then=Call(client="pet-viewer", options=write),
        ),
    ]


def tried(laptop: Laptop, attempt: Attempt) -> dict[str, Any]:
    """Gate, reason, and the seconds until the cause was known and until a call passed."""
    status = laptop.status(attempt.refused)
    started = time.perf_counter()
    explanation = json.loads(
        laptop.portcullis("explain", "--json", "--state-dir", str(_state(laptop)))
    )
    known = time.perf_counter()
    if attempt.commands is not None:
        attempt.commands(laptop)
    passed = laptop.status(attempt.then)
    fixed = time.perf_counter()
    if status != 403 or passed != 200:  # noqa: PLR2004 - HTTP
        raise SystemExit(f"{attempt.cause}: {status} before and {passed} after")
    return {
        "cause": attempt.cause,
        "gate": explanation["gate"],
        "reason": explanation["reason"],
        "fix": attempt.fix,
        "explainSeconds": round(known - started, 1),
        "fixSeconds": round(fixed - known, 1),
    }


def _reload(laptop: Laptop) -> None:
    laptop.portcullis("reload", "--state-dir", str(_state(laptop)))


def _state(laptop: Laptop) -> Path:
    return laptop.folder / "state"


def _expired(laptop: Laptop) -> tuple[str, str]:
    issuing = hierarchy.load(PkiLayout(_state(laptop) / "pki"), Purpose.CLIENT).issuing
    yesterday = datetime.now(UTC) - timedelta(days=1)
    credential = issuing.issue_client("pet-shop", (), not_after=yesterday)
    return _written(laptop.folder / "expired", credential)


def _other_authority(laptop: Laptop) -> tuple[str, str]:
    names = {"pet-shop": "spiffe://portcullis.local/client/pet-shop"}
    made = ensure(laptop.folder / "other", hosts=["localhost"], clients=names).clients["pet-shop"]
    return str(made.certificate), str(made.key)


def _written(path: Path, credential: Any) -> tuple[str, str]:
    certificate, key = path.with_suffix(".pem"), path.with_suffix(".key")
    certificate.write_bytes(credential.certificate_pem)
    key.touch(mode=0o600)
    key.write_bytes(credential.key_pem)
    return str(certificate), str(key)


def _issue(laptop: Laptop) -> None:
    new, pki = str(laptop.folder / "new"), str(_state(laptop) / "pki")
    laptop.portcullis("certs", "issue", "pet-shop", "--out", new, "--pki", pki, "--json")


def _allow_the_network(laptop: Laptop) -> None:
    settings = laptop.project / "Pulumi.local.yaml"
    text = settings.read_text(encoding="utf-8")
    allowed = "    - 127.0.0.0/24\n"
    settings.write_text(text.replace(allowed, f"{allowed}    - 127.0.1.0/24\n"), encoding="utf-8")
    _reload(laptop)


def _register_the_stranger(laptop: Laptop) -> None:
    certificate = laptop.ready["clients"]["stranger"]["certificate"]
    options = ["--file", str(laptop.clients), "--certificate", certificate]
    laptop.portcullis("clients", "add", "stranger", "--scope", "pets:read", *options)
    _reload(laptop)


def _resume_the_hotel(laptop: Laptop) -> None:
    laptop.portcullis("clients", "resume", "pet-hotel", "--file", str(laptop.clients))
    _reload(laptop)


def _widen_the_viewer(laptop: Laptop) -> None:
    scopes = ["--scope", "pets:read", "--scope", "pets:write"]
    laptop.portcullis("clients", "set-scopes", "pet-viewer", *scopes, "--file", str(laptop.clients))
    _reload(laptop)


@contextmanager
def running() -> Iterator[Laptop]:
    with tempfile.TemporaryDirectory() as folder:
        laptop = Laptop(folder=Path(folder), project=copy_project(Path(folder)))
        try:
            laptop.start()
            yield laptop
        finally:
            laptop.stop()


def main() -> None:
    load = os.getloadavg()[0]
    with running() as laptop:
        causes = [tried(laptop, attempt) for attempt in attempts(laptop)]
    found = {"cores": os.cpu_count(), "load": round(load, 1), "causes": causes}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
