"""An address at which nothing listens."""

import contextlib
import socket


@contextlib.contextmanager
def closed_port():
    """A port of 127.0.0.1 that refuses connections; no other program can listen at it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
