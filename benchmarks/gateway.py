"""The whole gateway beside nginx with `auth_request`: one backend, one load, one run.

    .venv/bin/python -m benchmarks.gateway [--seconds 0.4] [--rounds 5]

Contenders take turns, and a ratio compares only what ran in the same round, so that a busy machine
is equally unfair to each. The laptop's own PetStore is stopped; a bare backend stands in its place
for all. The load comes from a process of its own with a client certificate, and each contender sees
an address only once: the rate limit stays on. Writes results/gateway.json and results/gateway.svg.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import platform
import select
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

import uvloop

from benchmarks.bars import Bar, bars

HERE = Path(__file__).parent
RESULTS = HERE / "results"
HOST = "127.0.0.1"
CLIENT = "pet-shop"
CONNECTIONS = (1, 16)
OURS = "gateway, cached"
NGINX_NAME = "nginx auth_request"
WARM_UP = 10  # calls on each connection before it counts
CACHE_SECONDS = 300
START_SECONDS = 60.0
STALL_SECONDS = 10.0
STOP_SECONDS = 20.0

GET = (
    b"GET /pets HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nUser-Agent: load\r\n\r\n"
)
PETS = [{"id": n, "type": kind, "price": 249.99} for n, kind in enumerate(("dog", "cat", "fish"))]
BODY = json.dumps(PETS).encode()
JSON_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
PETS_ANSWER = JSON_ANSWER % (len(BODY), BODY)
# As long as a token of ours; nginx passes it on as the gateway passes on the authorizer's.
TOKEN_ANSWER = b"HTTP/1.1 200 OK\r\nX-Token: Bearer %b\r\nContent-Length: 0\r\n\r\n" % (b"x" * 640)
NO_TOKEN_ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log combined;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=answers:1m;
    keepalive_requests 100000000;
    upstream backend {{
        server {host}:{backend};
        keepalive 64;
        keepalive_requests 100000000;
    }}
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_client_certificate {truststore};
    ssl_verify_client on;
    ssl_verify_depth 4;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    {servers}
}}
"""
NGINX_SERVER = """
    server {{
        listen {host}:{port} ssl;
        server_name localhost;
        location / {{
            auth_request /authorize;
            auth_request_set $token $upstream_http_x_token;
            proxy_set_header Authorization $token;
            proxy_set_header X-Client-Certificate-Thumbprint $ssl_client_fingerprint;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_pass http://backend;
        }}
        location = /authorize {{
            internal;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Client-Certificate-Thumbprint $ssl_client_fingerprint;
            proxy_pass http://backend/authorize;
            {cache}
        }}
    }}
"""
NGINX_CACHE = """
            proxy_cache answers;
            proxy_cache_key "$ssl_client_fingerprint $request_method $request_uri";
            proxy_cache_valid 200 {seconds}s;
"""


TITLES = ("per second", "p50 µs", "p99 µs", "CPU µs")


class BenchmarkError(RuntimeError):
    """A contender that did not start, or an answer that is not the one all must give."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One listener; everything below ``pid`` works for it."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Files; the client's are the load's, the server's are everybody's."""

    authority: str
    certificate: str
    key: str


class Job(NamedTuple):
    port: int
    addresses: tuple[str, ...]  # one connection from each
    seconds: float


class Load(NamedTuple):
    requests_per_second: float
    answers: int
    p50_us: float
    p99_us: float


class Figures(NamedTuple):
    requests_per_second: float
    p50_us: float
    p99_us: float
    cpu_us: float


class Backend(asyncio.Protocol):
    """Pets for who shows a token, and a token for who asks for one; nothing is verified."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._transport is None or not self._received.endswith(b"\r\n\r\n"):
            return
        head, self._received = self._received, b""
        if head.startswith(b"GET /authorize "):
            self._transport.write(TOKEN_ANSWER)
        elif b"\r\nAuthorization: Bearer " in head:
            self._transport.write(PETS_ANSWER)
        else:
            self._transport.write(NO_TOKEN_ANSWER)


def serve_backend(pipe: Connection, port: int) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Backend, HOST, port)
        pipe.send(None)
        await loop.run_in_executor(None, pipe.recv)

    uvloop.run(main())


@dataclass
class Caller:
    """One connection; the next request leaves as soon as an answer is whole."""

    tls: ssl.SSLSocket
    received: bytearray = field(default_factory=bytearray)
    sent_at: int = 0

    @classmethod
    def connect(cls, context: ssl.SSLContext, port: int, address: str) -> "Caller":
        tcp = socket.create_connection((HOST, port), STALL_SECONDS, source_address=(address, 0))
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = context.wrap_socket(tcp, server_hostname="localhost")
        tls.setblocking(False)  # noqa: FBT003 - the socket's own signature
        return cls(tls)

    def send(self) -> None:
        self.received.clear()
        self.sent_at = time.perf_counter_ns()
        self.tls.send(GET)

    def receive(self) -> bool:
        """Whether the answer is whole; raises BenchmarkError for any but the right one."""
        try:
            while piece := self.tls.recv(65536):
                self.received += piece
                if self.received.endswith(BODY):
                    if self.received.startswith(b"HTTP/1.1 200 "):
                        return True
                    break
                if not self.received.startswith(b"HTTP/1.1 200 "):
                    break
        except ssl.SSLWantReadError:
            return False
        raise BenchmarkError(f"not the answer: {bytes(self.received[:400])!r}")


def exchanges(callers: list[Caller], goes_on: Callable[[int, int], bool]) -> list[int]:
    """Calls on all connections at once until ``goes_on(calls, clock)`` ends it: ns of each."""
    took: list[int] = []
    waiting = {caller.tls.fileno(): caller for caller in callers}
    with select.epoll() as poll:
        for descriptor, caller in waiting.items():
            poll.register(descriptor, select.EPOLLIN)
            caller.send()
        while waiting:
            ready = poll.poll(STALL_SECONDS)
            if not ready:
                raise BenchmarkError(f"no answer within {STALL_SECONDS:g} seconds")
            for descriptor, _ in ready:
                caller = waiting[descriptor]
                if not caller.receive():
                    continue
                now = time.perf_counter_ns()
                took.append(now - caller.sent_at)
                if goes_on(len(took), now):
                    caller.send()
                else:
                    poll.unregister(descriptor)
                    del waiting[descriptor]
    return took


def drive(pipe: Connection, files: Credentials) -> None:
    """Jobs in, figures out. Says "warm" before it starts to count, and waits for the word."""
    context = ssl.create_default_context(cafile=files.authority)
    context.load_cert_chain(files.certificate, files.key)
    while (job := pipe.recv()) is not None:
        callers = [Caller.connect(context, job.port, address) for address in job.addresses]
        enough = WARM_UP * len(callers)
        exchanges(callers, lambda calls, _, enough=enough: calls < enough)  # type: ignore[misc]
        pipe.send("warm")
        pipe.recv()
        started = time.perf_counter_ns()
        until = started + int(job.seconds * 1e9)
        took = exchanges(callers, lambda _, now, until=until: now < until)  # type: ignore[misc]
        seconds = (time.perf_counter_ns() - started) / 1e9
        pipe.send(
            Load(
                requests_per_second=len(took) / seconds,
                answers=len(took),
                p50_us=statistics.median(took) / 1000,
                p99_us=statistics.quantiles(took, n=100)[98] / 1000,
            )
        )
        for caller in callers:
            caller.tls.close()


@contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def child(target: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """A process with a pipe to it; None is its sign to end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments))
    process.start()
    theirs.close()  # so that its death is the end of the pipe
    try:
        yield ours
    finally:
        with suppress(OSError):
            ours.send(None)
        process.join(2)
        process.kill()
        process.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def laptop(
    stack: ExitStack, state: Path, backend: int, settings: Mapping[str, str]
) -> dict[str, Any]:
    """Start `portcullis up` and stop its backend: what it told when it was ready, and its pid."""
    command = [sys.executable, "-m", "portcullis", "up", "--json", "--state-dir", str(state)]
    command += ["--project", str(HERE.parent), "--port", "0", "--default-endpoint-port", "0"]
    command += ["--backend-port", str(backend)]
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
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(STOP_SECONDS)
        control.connect(ready["control"])
        control.sendall(b'{"do": "stop-backend"}\n')
        answer = control.makefile().readline()
    if json.loads(answer or "{}").get("ok") is not True:
        raise BenchmarkError(f"the laptop did not stop its backend: {answer}")
    return ready | {"pid": process.pid}


def laptops(stack: ExitStack, root: Path, backend: int) -> tuple[list[Contender], dict[str, Any]]:
    """With the authorizer's cache and without; the second gets the first one's certificates."""
    cached, uncached = root / "cached", root / "uncached"
    common = {"rateWindowSeconds": "300", "rateLimit": "10000"}  # the most our policies allow
    life = {"authorizerCacheSeconds": str(CACHE_SECONDS), "tokenLifeSeconds": "900"}
    one = laptop(stack, cached, backend, common | life)
    uncached.mkdir(mode=0o700)
    shutil.copytree(one["pki"], uncached / "pki")
    other = laptop(stack, uncached, backend, common | {"authorizerCacheSeconds": "0"})
    return [
        Contender(name=name, port=int(ready["gateway"].rpartition(":")[2]), pid=ready["pid"])
        for name, ready in ((OURS, one), ("gateway, not cached", other))
    ], one


def nginx(stack: ExitStack, folder: Path, backend: int, pki: Path, program: str) -> list[Contender]:
    """One worker, two listeners: as people write it, and with the answer cached as ours is."""
    folder.mkdir()
    ports = free_port(), free_port()
    caches = "", NGINX_CACHE.format(seconds=CACHE_SECONDS)
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            host=HOST,
            backend=backend,
            user="user root;" if os.geteuid() == 0 else "",  # or its worker may not read the folder
            certificate=pki / "server" / "localhost.pem",
            key=pki / "server" / "localhost.key",
            truststore=pki / "truststore.pem",
            servers="".join(
                NGINX_SERVER.format(host=HOST, port=port, cache=cache)
                for port, cache in zip(ports, caches, strict=True)
            ),
        ),
        encoding="utf-8",
    )
    log = folder / "error.log"
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(log)],
        stderr=subprocess.DEVNULL,
    )
    stack.enter_context(ended(process))
    deadline = time.monotonic() + STALL_SECONDS
    for port in ports:
        while True:
            try:
                socket.create_connection((HOST, port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchmarkError(f"nginx did not start: {log.read_text()}") from None
                time.sleep(0.05)
    names = NGINX_NAME, "nginx, answer cached"
    return [
        Contender(name=name, port=port, pid=process.pid)
        for name, port in zip(names, ports, strict=True)
    ]


def answer_of(contender: Contender, files: Credentials) -> tuple[int, str | None, bytes]:
    """Status, type and body; and that nobody gets them without a certificate."""
    context = ssl.create_default_context(cafile=files.authority)
    for shows_certificate in (False, True):
        if shows_certificate:
            context.load_cert_chain(files.certificate, files.key)
        connection = http.client.HTTPSConnection(
            "localhost", contender.port, timeout=STALL_SECONDS, context=context
        )
        try:
            connection.request("GET", "/pets", headers={"User-Agent": "load"})
            response = connection.getresponse()
            answer = response.status, response.getheader("Content-Type"), response.read()
        except (ssl.SSLError, ConnectionError):
            if shows_certificate:
                raise
            continue
        finally:
            connection.close()
        if not shows_certificate and answer[0] == HTTPStatus.OK:
            raise BenchmarkError(f"{contender.name} answers a client without a certificate")
    return answer


def check(contenders: list[Contender], files: Credentials) -> None:
    expected = (HTTPStatus.OK, "application/json", BODY)
    for contender in contenders:
        answer = answer_of(contender, files)
        if answer != expected:
            raise BenchmarkError(f"{contender.name} answers {answer}, not {expected}")


def cpu_seconds(pid: int) -> float:
    """Of a process and all it started, user and system."""
    folder = Path("/proc") / str(pid)
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = [
        int(child) for task in folder.glob("task/*/children") for child in task.read_text().split()
    ]
    return own + sum(cpu_seconds(child) for child in children)


def measure(pipe: Connection, contender: Contender, job: Job) -> Figures:
    pipe.send(job)
    pipe.recv()
    before = cpu_seconds(contender.pid)
    pipe.send("go")
    load: Load = pipe.recv()
    cpu = cpu_seconds(contender.pid) - before
    return Figures(load.requests_per_second, load.p50_us, load.p99_us, cpu / load.answers * 1e6)


Rounds: TypeAlias = dict[str, list[Figures]]  # by contender


def race(
    contenders: list[Contender], files: Credentials, rounds: int, seconds: float
) -> dict[int, Rounds]:
    """The contenders by turns, each round begun by another; by number of connections."""
    found: dict[int, Rounds] = {count: {c.name: [] for c in contenders} for count in CONNECTIONS}
    addresses = {c.name: (f"127.0.0.{number}" for number in range(2, 255)) for c in contenders}
    with child(drive, files) as pipe:
        for number in range(rounds):
            turn = number % len(contenders)
            for count in CONNECTIONS:
                for contender in contenders[turn:] + contenders[:turn]:
                    job = Job(
                        contender.port, tuple(islice(addresses[contender.name], count)), seconds
                    )
                    found[count][contender.name].append(measure(pipe, contender, job))
    return found


def ratios(found: dict[int, Rounds]) -> dict[str, dict[str, float]]:
    """To nginx of the same round. More is better for requests, less for CPU time and latency."""
    written: dict[str, dict[str, float]] = {}
    for count, rounds in found.items():
        for name, figures in rounds.items():
            if NGINX_NAME not in rounds or name == NGINX_NAME:
                continue
            for member in ("requests_per_second", "cpu_us", "p50_us"):
                each = [
                    getattr(ours, member) / getattr(theirs, member)
                    for ours, theirs in zip(figures, rounds[NGINX_NAME], strict=True)
                ]
                written[f"{name}: {member}, {count} connection{'s' * (count > 1)}"] = {
                    "min": round(min(each), 3),
                    "median": round(statistics.median(each), 3),
                    "max": round(max(each), 3),
                }
    return written


def medians(found: dict[int, Rounds]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        str(count): {
            name: {
                member: round(statistics.median(getattr(f, member) for f in figures), 1)
                for member in Figures._fields
            }
            for name, figures in rounds.items()
        }
        for count, rounds in found.items()
    }


def plot(typical: dict[str, dict[str, dict[str, float]]]) -> str:
    charts: dict[str, list[Bar]] = {}
    for count, contenders in typical.items():
        of = f"{count} connection{'s' * (count != '1')}"
        for title, member, unit in (
            ("requests per second", "requests_per_second", ""),
            ("server CPU per request", "cpu_us", " µs"),
        ):
            charts[f"{title}, {of}"] = [
                Bar(name, figures[member], f"{figures[member]:,.0f}{unit}")
                for name, figures in contenders.items()
            ]
    return bars(charts)


def report(found: dict[int, Rounds], options: argparse.Namespace, version: str) -> None:
    typical, to_nginx = medians(found), ratios(found)
    written = {
        "ratios": to_nginx,
        "connections": typical,
        "measured": {
            "at": time.strftime("%Y-%m-%d", time.gmtime()),
            "python": platform.python_version(),
            "nginx": version,
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "load_average_before": round(options.load_average, 1),
            "seconds": options.seconds,
            "rounds": options.rounds,
        },
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(written, indent=2) + "\n"
    (RESULTS / "gateway.json").write_text(text, encoding="utf-8")
    (RESULTS / "gateway.svg").write_text(plot(typical), encoding="utf-8")
    for count, contenders in typical.items():
        print(row(f"{count} connection{'s' * (count != '1')}", *TITLES))
        for name, figures in contenders.items():
            print(row(f"  {name}", *(f"{value:.0f}" for value in figures.values())))
    for name, each in to_nginx.items():
        print(f"{name:56}{each['median']:6.2f} of nginx ({each['min']:.2f} to {each['max']:.2f})")


def row(title: str, *cells: str) -> str:
    return f"{title:24}" + "".join(f"{cell:>12}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.4, help="of each measurement")
    # Every connection to a contender has an address of its own in 127.0.0.0/24.
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 15), metavar="1-14")
    options = parser.parse_args()
    options.load_average = os.getloadavg()[0]
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portcullis-")))
        backend = free_port()
        ours, ready = laptops(stack, root, backend)
        pki = Path(ready["pki"])
        files = Credentials(authority=ready["ca"], **ready["clients"][CLIENT])
        contenders = list(ours)
        version = ""
        if program is None:
            print("nginx is not installed, so there is nothing to compare with: no ratios.")
        else:
            contenders = nginx(stack, root / "nginx", backend, pki, program) + contenders
            told = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
            version = told.stderr.strip().rpartition("/")[2]
        stack.enter_context(child(serve_backend, backend)).recv()
        check(contenders, files)
        found = race(contenders, files, options.rounds, options.seconds)
    report(found, options, version)


if __name__ == "__main__":
    main()
