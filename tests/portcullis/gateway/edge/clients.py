"""Shared by the tests of TLS and HTTP: a request, versions, waits, gates and clients in memory."""

import asyncio
import ssl
import threading
import time

import pytest

from portcullis.gateway.exchange import Layer, Response

GET = b"GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n"
VERSIONS = [
    pytest.param(ssl.TLSVersion.TLSv1_2, id="TLSv1.2"),
    pytest.param(ssl.TLSVersion.TLSv1_3, id="TLSv1.3"),
]


def pinned(context: ssl.SSLContext, version: ssl.TLSVersion) -> ssl.SSLContext:
    context.minimum_version = context.maximum_version = version
    return context


def wait_for(condition, seconds=300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def answering(status=200, headers=(), body=b"", *, after=0.0):
    """Gates that give this answer, ``after`` so many seconds."""

    async def handle(_request):
        await asyncio.sleep(after)
        return Response(status=status, headers=headers, body=body, layer=Layer.BACKEND)

    return handle


class Held:
    """Gates that answer only after ``release``, which another thread calls."""

    def __init__(self, body: bytes) -> None:
        self._body, self._released = body, threading.Event()

    def release(self) -> None:
        self._released.set()

    async def __call__(self, _request) -> Response:
        while not self._released.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.01)
        return Response(status=200, headers=(), body=self._body, layer=Layer.BACKEND)


def pump_handshake(client, raw, incoming, outgoing) -> None:
    while True:
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
        else:
            raw.sendall(outgoing.read())
            return


def read_plain(client) -> bytes:
    plain = b""
    try:
        while piece := client.read(65536):
            plain += piece
    except ssl.SSLError:
        pass
    return plain
