"""A peer for a test server, and calls to servers without TLS."""

import pytest

from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import Connection, Peer

HELLO = request_bytes("GET", "/", [("Host", "localhost")])


@pytest.fixture
def peer(pki):
    def of(server, *, tls=True):
        return Peer(
            host="localhost",
            port=server.port,
            address="127.0.0.1",
            truststore=pki.ca_file,
            is_tls=tls,
        )

    return of


@pytest.fixture
def ask(serve, peer):
    """What a plain server's bytes become."""

    def run(reply, request=HELLO, seconds=60.0, **options):
        server = serve(reply if callable(reply) else lambda _asked: reply)
        connection = Connection(peer=peer(server, tls=False), seconds=seconds)
        return Wire().call(connection, request, **options).outcome

    return run
