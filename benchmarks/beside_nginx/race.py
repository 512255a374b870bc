"""The measurements: contenders take turns, and each must give the same answer."""

import http.client
import ssl
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias

from benchmarks.beside_nginx.backend import BODY
from benchmarks.beside_nginx.contender import BenchmarkError, Contender, Credentials
from benchmarks.beside_nginx.load import STALL_SECONDS, Job, Load, drive
from benchmarks.beside_nginx.processes import child, cpu_seconds


class Kind(NamedTuple):
    """How the load calls; with ``is_handshakes`` every call has a connection of its own."""

    title: str
    connections: int
    is_handshakes: bool = False


KINDS = (
    Kind("1 connection", 1),
    Kind("16 connections", 16),
    Kind("new connections", 4, is_handshakes=True),
)


class Figures(NamedTuple):
    requests_per_second: float
    p50_us: float
    p99_us: float
    cpu_us: float


Rounds: TypeAlias = dict[str, list[Figures]]  # by contender


def answer_of(contender: Contender, files: Credentials) -> tuple[int, str | None, bytes]:
    """Status, type and body; checks that a client without a certificate gets none of them."""
    context = ssl.create_default_context(cafile=files.authority)
    for shows_certificate in (False, True):
        if shows_certificate:
            context.load_cert_chain(files.certificate, files.key)
        connection = http.client.HTTPSConnection(
            "localhost", contender.port, timeout=STALL_SECONDS, context=context
        )
        try:
            connection.request("GET", "/", headers={"User-Agent": "load"})
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


def race(
    contenders: list[Contender], files: Credentials, rounds: int, seconds: float
) -> dict[str, Rounds]:
    """The contenders by turns, each round begun by another; by the title of the kind."""
    found: dict[str, Rounds] = {k.title: {c.name: [] for c in contenders} for k in KINDS}
    addresses = {c.name: 2 for c in contenders}  # 127.0.0.1 is used by everything else
    with child(drive, files) as pipe:
        for number in range(rounds):
            turn = number % len(contenders)
            for kind in KINDS:
                for contender in contenders[turn:] + contenders[:turn]:
                    job = Job(
                        contender.port,
                        kind.connections,
                        addresses[contender.name],
                        seconds,
                        kind.is_handshakes,
                    )
                    load, cpu = measure(pipe, contender, job)
                    addresses[contender.name] = load.next_address
                    found[kind.title][contender.name].append(
                        Figures(load.requests_per_second, load.p50_us, load.p99_us, cpu)
                    )
    return found


def measure(pipe: Connection, contender: Contender, job: Job) -> tuple[Load, float]:
    """The load's figures, and the contender's CPU time per answer in microseconds."""
    pipe.send(job)
    _received(pipe, contender)
    before = cpu_seconds(contender.pid)
    pipe.send("go")
    load: Load = _received(pipe, contender)
    cpu = cpu_seconds(contender.pid) - before
    return load, cpu / load.answers * 1e6


def _received(pipe: Connection, contender: Contender) -> Any:
    try:
        message = pipe.recv()
    except EOFError:
        raise BenchmarkError(f"{contender.name}: the process of the load ended") from None
    if isinstance(message, BenchmarkError):
        raise BenchmarkError(f"{contender.name}: {message}")
    return message
