"""Lets only the same user's programs call the AWS emulator; web pages and other users are refused.

The emulator checks no signature, so any program that reaches its port could sign tokens or delete
its keys. A browser is recognised by its headers, another user by the owner of the client's socket.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

SOCKETS = Path("/proc/net/tcp")  # Linux, proc_net_tcp(5); the server listens on 127.0.0.1 alone
HEALTH_PATH = "/moto-api/"
ROOT = 0
_OWNER_COLUMN, _INODE_COLUMN = 7, 9
_NO_INODE = "0"
_FROM_A_PAGE = ("HTTP_ORIGIN", "HTTP_REFERER", "HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_SITE")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]  # PEP 3333


class CallerCheck:
    """WSGI middleware that passes calls of this user's programs to ``inside``."""

    def __init__(self, inside: Application, *, host: str, port: int) -> None:
        self._inside = inside
        self._host = f"{host}:{port}"
        self._port = port

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        refusal = self.refusal(environ)
        if refusal is None:
            return self._inside(environ, start_response)
        body = f"refused: {refusal}\n".encode()
        start_response(
            "403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        )
        return [body]

    def refusal(self, environ: Mapping[str, Any]) -> str | None:
        """Why this call is refused, or None. An owner that cannot be determined is refused."""
        if any(name in environ for name in _FROM_A_PAGE):
            return "web pages may not call this"
        if environ.get("HTTP_HOST") != self._host:
            return "another host name"
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith("/moto-api") and path != HEALTH_PATH:
            return "the emulator's own controls are closed"
        try:
            client = (environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"]))
            owner = owner_of(SOCKETS.read_text(), client, self._port)
        except (OSError, KeyError, ValueError):
            owner = None
        if owner not in {os.geteuid(), ROOT}:
            return "another user's program"
        return None


def owner_of(sockets: str, client: tuple[str, int], server_port: int) -> int | None:
    """The user id behind the client's end of a connection; None where it has no owner.

    Another user may bind the same port at another address of the loopback. A socket that its
    program has closed already is listed under root, without an inode.
    """
    address, port = client
    octets = ipaddress.IPv4Address(address).packed[::-1].hex().upper()  # as a little-endian word
    end = re.compile(rf"\s*\d+: {octets}:{port:04X} 0100007F:{server_port:04X} ")
    for line in sockets.splitlines():
        if end.match(line):
            columns = line.split()
            is_open = columns[_INODE_COLUMN] != _NO_INODE
            return int(columns[_OWNER_COLUMN]) if is_open else None
    return None
