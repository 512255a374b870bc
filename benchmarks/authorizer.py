"""The authorizer beside an empty function and a naive one, under AWS's own runtime client.

    .venv/bin/python -m benchmarks.authorizer [--calls 3000] [--starts 7]

All contenders run in one go and take turns, so that a busy machine is equally unfair to each. Time
is counted from the event's departure to the whole answer, the runtime client's part included.
Writes results/authorizer.json and results/authorizer.svg.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authorizer.registry import PackagedRegistry
from benchmarks.bars import Bar, bars
from benchmarks.kms_stub import KmsStub
from benchmarks.runtime_api import Worker
from components.authorizer_zip.build import AuthorizerPackage, Platform, ScopedRoute, build
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind

HERE = Path(__file__).parent
RESULTS = HERE / "results"
CACHE = HERE.parent / ".portcullis" / "build"
KMS_LATENCY_SECONDS = 0.005
BLOCK = 10  # calls in a row before it is the next one's turn
CLIENT_COUNTS = (1, 1_000, 10_000)
EMPTY = "def handler(event, context):\n    return None\n"
ROUTES = (
    ScopedRoute(method="GET", path="/", scope="orders:read"),
    ScopedRoute(method="GET", path="/orders", scope="orders:read"),
    ScopedRoute(method="GET", path="/orders/{orderId}", scope="orders:read"),
    ScopedRoute(method="POST", path="/orders", scope="orders:write"),
)
STAGE_ARN = "arn:aws:execute-api:eu-central-1:000000000000:a1b2c3d4e5/local"
KEY_ARN = "arn:aws:kms:eu-central-1:000000000000:key/0b0b0b0b-1111-2222-3333-444444444444"
KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Contender:
    """A folder to start, and the events it gets once it is warm."""

    name: str
    folder: Path
    handler: str
    zip_bytes: int
    events: Iterator[bytes]


def partner(number: int) -> str:
    """No two look alike: names in a row would flatter whatever compresses them."""
    return f"partner-{hashlib.sha256(str(number).encode()).hexdigest()[:8]}"


def uri_of(client_id: str) -> str:
    return f"spiffe://partners.example.com/client/{client_id}"


def registry(count: int) -> ClientRegistry:
    return ClientRegistry(
        clients=tuple(
            Client(
                id=partner(number),
                description="",
                match=(Identity(kind=IdentityKind.SAN_URI, value=uri_of(partner(number))),),
                pins=(),
                scopes=("orders:read", "orders:write") if number % 3 else ("orders:read",),
                status=ClientStatus.ACTIVE,
            )
            for number in range(count)
        )
    )


def certificate(client_id: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, client_id)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuing CA")]))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 90 * day)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri_of(client_id))]),
            critical=False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
    )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def event(pem: str, number: int = 0) -> bytes:
    """A REQUEST event as API Gateway sends it, with the headers of an ordinary call."""
    headers = {
        "Accept": "application/json",
        "Host": "api.example.com",
        "User-Agent": "partner/2.1 (+https://partner.example.com)",
        "X-Amzn-Trace-Id": "Root=1-67409e2f-5f1c2d3e4a5b6c7d8e9f0a1b",
        "X-Forwarded-For": "203.0.113.17",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return json.dumps(
        {
            "type": "REQUEST",
            "methodArn": f"{STAGE_ARN}/GET/orders",
            "resource": "/orders",
            "path": "/orders",
            "httpMethod": "GET",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {},
            "multiValueQueryStringParameters": {},
            "pathParameters": {},
            "stageVariables": {},
            "requestContext": {
                "resourceId": "05c7jb",
                "resourcePath": "/orders",
                "httpMethod": "GET",
                "extendedRequestId": "aZ0bFE1DliAEYGw=",
                "requestTime": "22/Nov/2026:12:00:00 +0000",
                "path": "/orders",
                "accountId": "000000000000",
                "protocol": "HTTP/1.1",
                "stage": "local",
                "domainPrefix": "api",
                "requestTimeEpoch": 1795348800000,
                "requestId": f"c6af9ac6-7b61-11e6-9a41-{number:012x}",
                "domainName": "api.example.com",
                "apiId": "a1b2c3d4e5",
                "identity": {
                    "sourceIp": "203.0.113.17",
                    "userAgent": "partner/2.1 (+https://partner.example.com)",
                    "clientCert": {
                        "clientCertPem": pem,
                        "subjectDN": "CN=partner",
                        "issuerDN": "CN=Issuing CA",
                        "serialNumber": "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
                        "validity": {
                            "notBefore": "Nov 21 12:00:00 2026 GMT",
                            "notAfter": "Dec 22 12:00:00 2026 GMT",
                        },
                    },
                },
            },
        }
    ).encode()


def unpacked(package: AuthorizerPackage, folder: Path) -> Path:
    with zipfile.ZipFile(package.path) as zipped:
        zipped.extractall(folder)
    return folder


def contenders(root: Path, again: list[bytes], fresh: list[bytes]) -> dict[str, Contender]:
    """``again`` shows one certificate over and over, ``fresh`` a new one each time."""
    found: dict[str, Contender] = {}
    empty = root / "empty"
    empty.mkdir()
    (empty / "empty.py").write_text(EMPTY, encoding="utf-8")
    found["empty"] = Contender("empty", empty, "empty.handler", len(EMPTY), cycle(again))
    for count in CLIENT_COUNTS:
        package = build(
            **packed(registry(count)), routes=ROUTES, platform=Platform.LAPTOP, cache_dir=CACHE
        )
        name = f"ours, {count:,} clients"
        found[name] = Contender(
            name,
            unpacked(package, root / f"ours-{count}"),
            "authorizer.handler.handler",
            package.path.stat().st_size,
            cycle(again),
        )
    one = found["ours, 1 clients"]
    found["ours, new token"] = Contender(
        "ours, new token", one.folder, one.handler, one.zip_bytes, cycle(fresh)
    )
    naive = root / "naive"
    shutil.copytree(one.folder, naive)
    (naive / "naive.py").write_bytes((HERE / "naive_authorizer.py").read_bytes())
    (naive / "authorizer" / "clients.json").write_text(registry(1).to_json(), encoding="utf-8")
    found["naive"] = Contender("naive", naive, "naive.handler", one.zip_bytes, cycle(again))
    return found


def packed(of: ClientRegistry) -> dict[str, Any]:
    return {"clients_json": of.to_json()}


def environment(folder: Path, kms: str) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",  # the zip holds no .pyc, and Lambda's folder is read-only
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_ENDPOINT_URL_KMS": kms,
        "PORTCULLIS_ISSUER": "https://api.example.com",
        "PORTCULLIS_AUDIENCE": "orders",
        "PORTCULLIS_SIGNING_KEY": KEY_ARN,
        "PORTCULLIS_SIGNING_KID": "k" * 43,
        "PORTCULLIS_TOKEN_LIFE_SECONDS": "3600",
        "PORTCULLIS_REVOCATION_LISTS": "none",
        "PORTCULLIS_AUTHORIZER_CACHE_SECONDS": "0",
    }


def starts(all_: dict[str, Contender], kms: str, times: int) -> dict[str, dict[str, float]]:
    """Init, the first call, and the memory after it: medians over fresh processes."""
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in all_}
    for _ in range(times):
        for name, contender in all_.items():
            with Worker(
                contender.folder, contender.handler, environment(contender.folder, kms)
            ) as w:
                seconds, _ = w.call(next(contender.events))
                measured[name].append((w.init_ms, seconds * 1000, w.memory_mb()))
    return {
        name: {
            "init_ms": statistics.median(m[0] for m in found),
            "first_call_ms": statistics.median(m[1] for m in found),
            "init_and_first_call_ms": statistics.median(m[0] + m[1] for m in found),
            "memory_mb": statistics.median(m[2] for m in found),
        }
        for name, found in measured.items()
    }


def warm(all_: dict[str, Contender], kms: str, calls: int) -> dict[str, dict[str, float]]:
    """Calls to running workers, in blocks that take turns."""
    measured: dict[str, list[float]] = {name: [] for name in all_}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(c.folder, c.handler, environment(c.folder, kms)))
            for name, c in all_.items()
        }
        for name, worker in workers.items():
            for _ in range(50):
                worker.call(next(all_[name].events))
        for _ in range(calls // BLOCK):
            for name, worker in workers.items():
                for _ in range(BLOCK):
                    measured[name].append(worker.call(next(all_[name].events))[0] * 1e6)
        memory = {name: worker.memory_mb() for name, worker in workers.items()}
    return {
        name: {
            "warm_p50_us": statistics.median(found),
            "warm_p99_us": statistics.quantiles(found, n=100)[98],
            "warm_memory_mb": memory[name],
        }
        for name, found in measured.items()
    }


def reading(all_: Mapping[str, Contender]) -> dict[str, float]:
    """Milliseconds to read the whole registry file, a part of init: the median of 21 times."""
    found: dict[str, float] = {}
    for name, contender in all_.items():
        path = contender.folder / "authorizer" / "clients.json"
        if not name.endswith(" clients"):
            continue
        times = []
        for _ in range(21):
            started = time.perf_counter()
            PackagedRegistry.load(path)
            times.append((time.perf_counter() - started) * 1000)
        found[name] = statistics.median(times)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--starts", type=int, default=7)
    options = parser.parse_args()
    pem = certificate(partner(0))
    again = [event(pem, number) for number in range(100)]
    fresh = [event(certificate(partner(0)), number) for number in range(options.calls + 100)]
    with tempfile.TemporaryDirectory() as scratch, KmsStub(KMS_LATENCY_SECONDS) as kms:
        all_ = contenders(Path(scratch), again, fresh)
        results = starts(all_, kms.url, options.starts)
        for name, found in warm(all_, kms.url, options.calls).items():
            results[name] |= found | {"zip_bytes": all_[name].zip_bytes}
        for name, milliseconds in reading(all_).items():
            results[name]["registry_read_ms"] = milliseconds
    report(results, options)


def report(results: dict[str, dict[str, float]], options: argparse.Namespace) -> None:
    empty, naive = results["empty"], results["naive"]
    ours = results["ours, 1 clients"]
    ratios = {
        "warm_p50_to_empty": ours["warm_p50_us"] / empty["warm_p50_us"],
        "warm_p50_to_empty_10000_clients": results["ours, 10,000 clients"]["warm_p50_us"]
        / empty["warm_p50_us"],
        "init_to_naive": ours["init_ms"] / naive["init_ms"],
        "init_to_naive_10000_clients": results["ours, 10,000 clients"]["init_ms"]
        / naive["init_ms"],
        "init_and_first_call_to_naive": ours["init_and_first_call_ms"]
        / naive["init_and_first_call_ms"],
    }
    RESULTS.mkdir(exist_ok=True)
    written = {
        "ratios": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "zip_bytes": int(ours["zip_bytes"]),
        "contenders": {
            name: {member: round(value, 1) for member, value in found.items()}
            for name, found in results.items()
        },
        "measured": {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "calls": options.calls,
            "starts": options.starts,
            "kms_latency_ms": KMS_LATENCY_SECONDS * 1000,
        },
    }
    text = json.dumps(written, indent=2) + "\n"
    (RESULTS / "authorizer.json").write_text(text, encoding="utf-8")
    (RESULTS / "authorizer.svg").write_text(plot(results), encoding="utf-8")
    print(text)


def plot(results: dict[str, dict[str, float]]) -> str:
    def row(member: str, form: Callable[[float], str]) -> list[Bar]:
        return [Bar(name, found[member], form(found[member])) for name, found in results.items()]

    return bars(
        {
            "warm call, p50": row("warm_p50_us", lambda v: f"{v:.0f} µs"),
            "init": row("init_ms", lambda v: f"{v:.0f} ms"),
            "init and first call": row("init_and_first_call_ms", lambda v: f"{v:.0f} ms"),
            "memory, warm": row("warm_memory_mb", lambda v: f"{v:.0f} MB"),
        }
    )


if __name__ == "__main__":
    main()
