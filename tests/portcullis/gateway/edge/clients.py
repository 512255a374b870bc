"""Shared by the tests of TLS and HTTP: a request, versions, waits, gates and clients in memory."""

import asyncio
import ssl
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


def wait_for(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def answering(status=200, headers=(), body=b"", *, after=0.0):
    """Gates that give this answer, ``after`` so many seconds."""

    async def handle(_request):
        await asyncio.sleep(after)
        return Response(status=status, headers=headers, body=body, layer=Layer.BACKEND)

    return handle


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
