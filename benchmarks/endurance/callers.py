"""The load of the soak: connections that come and go, calls that are allowed or refused."""

import socket
import ssl
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from benchmarks.beside_nginx.contender import HOST, Credentials
from benchmarks.beside_nginx.load import NETWORK

CALLS_OF_A_CONNECTION = 1_000
# Used by turns, one for each connection. At 2,500 calls a second 750 connections begin in a rate
# window of 300 seconds, so an address has at most 3 of them: 3,000 calls, and the limit is 10,000.
ADDRESSES = 512
STALL_SECONDS = 40.0  # longer than the longest timeout of the gateway
RECONNECT_SECONDS = 0.05
OK = 200


class Call(NamedTuple):
    """A request, and the status that it gets while all processes run."""

    request: bytes
    status: int


def calls(path: str) -> list[Call]:
    """One round: mostly a call that is allowed, and calls that a gate refuses."""
    refused = (
        "/nowhere/at/all",
        f"{path}?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/..%2f/etc/passwd",
    )
    return [*[Call(_get(path), OK)] * 29, *(Call(_get(target), 403) for target in refused)]


def _get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: soak\r\n\r\n".encode()


@dataclass
class Tally:
    """What was answered; ``wrong`` counts answers that must not be, in words."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0  # connections that ended without an answer
    right_in_a_row: int = 0  # allowed calls that got their answer
    wrong: Counter[str] = field(default_factory=Counter)


class Callers:
    """Several connections at once, each in a thread, until ``stop``."""

    def __init__(self, port: int, files: Credentials, path: str, connections: int) -> None:
        self.tally = Tally()
        self.may_fail = False  # a process was killed: allowed calls may be refused, no others pass
        self._port = port
        self._trust = ssl.create_default_context(cafile=files.authority)
        self._tls = ssl.create_default_context(cafile=files.authority)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._round = calls(path)
        self._turns = count()
        self._body: bytes | None = None  # of the first right answer; the others must be the same
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(connections)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        while not self._stopped.is_set():
            source = str(NETWORK[2 + next(self._turns) % ADDRESSES])
            try:
                self._refuse_without_certificate(source)
                with self._connect(self._tls, source) as connection:
                    for number in range(CALLS_OF_A_CONNECTION):
                        if self._stopped.is_set():
                            break
                        call = self._round[number % len(self._round)]
                        self._note(call, *_answer(connection, call.request))
            except (OSError, EOFError):
                with self._lock:
                    self.tally.lost += 1
                    self.tally.right_in_a_row = 0
                self._stopped.wait(RECONNECT_SECONDS)

    def _refuse_without_certificate(self, source: str) -> None:
        with suppress(OSError, EOFError), self._connect(self._trust, source) as connection:
            status, _ = _answer(connection, self._round[0].request)
            with self._lock:
                self.tally.wrong[f"{status} without a certificate"] += 1

    def _connect(self, tls: ssl.SSLContext, source: str) -> ssl.SSLSocket:
        tcp = socket.create_connection((HOST, self._port), STALL_SECONDS, (source, 0))
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return tls.wrap_socket(tcp, server_hostname="localhost")

    def _note(self, call: Call, status: int, body: bytes) -> None:
        with self._lock:
            tally = self.tally
            tally.calls += 1
            tally.statuses[status] += 1
            if status == OK:
                self._body = self._body or body
            is_right = status == call.status and (status != OK or body == self._body)
            if status == OK and not is_right:
                tally.wrong[f"{status} to {call.request.split()[1].decode()}"] += 1
            elif not is_right and not self.may_fail:
                tally.wrong[f"{status}, not {call.status}"] += 1
            if call.status == OK:
                tally.right_in_a_row = tally.right_in_a_row + 1 if is_right else 0


def _answer(connection: ssl.SSLSocket, request: bytes) -> tuple[int, bytes]:
    """Status and body. Raises EOFError where the connection ends before."""
    connection.sendall(request)
    received = b""
    while piece := connection.recv(65536):
        received += piece
        head, end, body = received.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            return int(head[9:12]), body
    raise EOFError


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
