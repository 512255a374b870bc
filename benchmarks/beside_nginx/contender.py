"""A gateway that takes part in the comparison, and the certificates that all of them use."""

import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
CACHE_SECONDS = 300


class BenchmarkError(RuntimeError):
    """A contender did not start, or gave another answer than the others."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One listener; its CPU time is that of ``pid`` and all child processes."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Files; the client certificate of the load, and the CA that it trusts."""

    authority: str
    certificate: str
    key: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
