"""The backend of all contenders: a list for a request with a token, tokens for nginx."""

import asyncio
import json
from multiprocessing.connection import Connection
from typing import cast

import uvloop

from benchmarks.beside_nginx.contender import HOST

LIST = [{"id": n, "kind": kind, "price": 249.99} for n, kind in enumerate(("dog", "cat", "fish"))]
BODY = json.dumps(LIST).encode()
JSON_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
LIST_ANSWER = JSON_ANSWER % (len(BODY), BODY)
# As long as a token of ours; nginx passes it on as the gateway passes on the authorizer's.
TOKEN_ANSWER = b"HTTP/1.1 200 OK\r\nX-Token: Bearer %b\r\nContent-Length: 0\r\n\r\n" % (b"x" * 640)
NO_TOKEN_ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


class Backend(asyncio.Protocol):
    """Answers a list to a request with a token, and a token to nginx; verifies nothing."""

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
            self._transport.write(LIST_ANSWER)
        else:
            self._transport.write(NO_TOKEN_ANSWER)


def serve_backend(pipe: Connection, port: int) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Backend, HOST, port)
        pipe.send(None)
        await loop.run_in_executor(None, pipe.recv)

    uvloop.run(main())
