"""The load: one process, many TLS connections, each with the next request as soon as possible.

The gateway's rate limit stays on, so a connection gives way to one from another loopback address
before its address has used up the limit.
"""

import ipaddress
import select
import socket
import ssl
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import NamedTuple

from benchmarks.beside_nginx.backend import BODY
from benchmarks.beside_nginx.contender import HOST, BenchmarkError, Credentials

NETWORK = ipaddress.ip_network("127.0.0.0/20")  # the source addresses, and the allow-list
RATE_LIMIT = 10_000  # requests of an address in the rate window; the most that our policies allow
CALLS_OF_AN_ADDRESS = RATE_LIMIT - 1_000
HANDSHAKE_ADDRESSES = 256  # the last ones of the network, used by turns for new connections
WARM_UP = 10  # calls on each connection before it counts
STALL_SECONDS = 10.0
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nUser-Agent: load\r\n\r\n"


class Job(NamedTuple):
    """One measurement. ``first_address`` counts on from job to job of a contender.

    With ``is_handshakes`` every call has a connection of its own: TLS 1.3 tells a client only by
    the first answer that its certificate was accepted.
    """

    port: int
    connections: int
    first_address: int
    seconds: float
    is_handshakes: bool = False


class Load(NamedTuple):
    requests_per_second: float
    answers: int
    next_address: int  # the first one that was not used
    p50_us: float
    p99_us: float


@dataclass
class Caller:
    """One connection; the next request leaves as soon as an answer is complete."""

    tls: ssl.SSLSocket
    calls: int = 0
    received: bytearray = field(default_factory=bytearray)
    sent_at: int = 0

    def send(self) -> None:
        self.received.clear()
        self.calls += 1
        self.sent_at = time.perf_counter_ns()
        self.tls.send(GET)

    def receive(self) -> bool:
        """Whether the answer is complete; raises BenchmarkError for any but the right one."""
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


@dataclass
class Crowd:
    """The connections of one job, each from an address of its own."""

    tls: ssl.SSLContext
    port: int
    next_address: int
    is_handshakes: bool = False
    callers: list[Caller] = field(default_factory=list)
    handshakes: int = 0

    @property
    def calls_each(self) -> int:
        return 1 if self.is_handshakes else CALLS_OF_AN_ADDRESS

    def connect(self) -> Caller:
        source = str(NETWORK[self._address()]), 0
        tcp = socket.create_connection((HOST, self.port), STALL_SECONDS, source_address=source)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = self.tls.wrap_socket(tcp, server_hostname="localhost")
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        caller = Caller(connection)
        self.callers.append(caller)
        return caller

    def _address(self) -> int:
        first_of_handshakes = NETWORK.num_addresses - 1 - HANDSHAKE_ADDRESSES
        if self.is_handshakes:
            self.handshakes += 1
            return first_of_handshakes + self.handshakes % HANDSHAKE_ADDRESSES
        if self.next_address >= first_of_handshakes:
            raise BenchmarkError(
                f"the addresses of {NETWORK} are used up: choose fewer --rounds or --seconds"
            )
        self.next_address += 1
        return self.next_address - 1

    def replace(self, caller: Caller) -> Caller:
        self.callers.remove(caller)
        caller.tls.close()
        return self.connect()


def exchanges(crowd: Crowd, goes_on: Callable[[int, int], bool]) -> list[int]:
    """Calls on all connections at once until ``goes_on(calls, clock)`` is false: ns of each."""
    took: list[int] = []
    waiting: dict[int, Caller] = {}
    with select.epoll() as poll:

        def send(caller: Caller) -> None:
            waiting[caller.tls.fileno()] = caller
            poll.register(caller.tls.fileno(), select.EPOLLIN)
            caller.send()

        for caller in crowd.callers:
            send(caller)
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
                if goes_on(len(took), now) and caller.calls < crowd.calls_each:
                    caller.send()
                    continue
                poll.unregister(descriptor)
                del waiting[descriptor]
                if goes_on(len(took), now):
                    send(crowd.replace(caller))
    return took


def drive(pipe: Connection, files: Credentials) -> None:
    """Takes jobs from the pipe and sends the figures of each, or the error that ended it.

    Sends "warm" before it starts to count, and then waits for the answer.
    """
    context = ssl.create_default_context(cafile=files.authority)
    context.load_cert_chain(files.certificate, files.key)
    while (job := pipe.recv()) is not None:
        try:
            pipe.send(_measure(pipe, context, job))
        except (BenchmarkError, OSError) as error:
            pipe.send(BenchmarkError(f"port {job.port}: {error}"))
            return


def _measure(pipe: Connection, context: ssl.SSLContext, job: Job) -> Load:
    crowd = Crowd(context, job.port, job.first_address, job.is_handshakes)
    for _ in range(job.connections):
        crowd.connect()
    enough = WARM_UP * job.connections
    exchanges(crowd, lambda calls, _: calls < enough)
    pipe.send("warm")
    pipe.recv()
    started = time.perf_counter_ns()
    until = started + int(job.seconds * 1e9)
    took = exchanges(crowd, lambda _, now: now < until)
    seconds = (time.perf_counter_ns() - started) / 1e9
    for caller in crowd.callers:
        caller.tls.close()
    return Load(
        requests_per_second=len(took) / seconds,
        answers=len(took),
        next_address=crowd.next_address,
        p50_us=statistics.median(took) / 1000,
        p99_us=statistics.quantiles(took, n=100)[98] / 1000,
    )
