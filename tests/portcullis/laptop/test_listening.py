"""The two fronts of a laptop: the custom domain's demands a certificate, the other one does not."""

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack

import pytest

from portcullis.gateway.exchange import Endpoint, Layer, Response
from portcullis.laptop.listening import start_fronts
from portcullis.laptop.ports import Ports
from portcullis.pki.laptop import ensure
from tests.portcullis.laptop.exported.stacks import domain, stack, truststore_object


@pytest.fixture
def pki(tmp_path):
    return ensure(tmp_path, hosts=["localhost"], clients={"shop": "spiffe://x/shop"})


def answer(port, pki, *, certificate):
    context = ssl.create_default_context(cafile=pki.ca_file)
    if certificate:
        files = pki.clients["shop"]
        context.load_cert_chain(files.certificate, files.key)
    raw = socket.create_connection(("127.0.0.1", port), timeout=300)
    with context.wrap_socket(raw, server_hostname="localhost") as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return connection.recv(65536).split(b"\r\n")[0]


def test_each_front_has_its_endpoint_and_only_the_domain_demands_a_certificate(pki):
    requests, refused = [], []

    async def handle(request):
        requests.append(request)
        return Response(status=204, headers=(), body=b"", layer=Layer.BACKEND)

    graph = stack(
        domain(domainName="localhost"),
        truststore_object(content=pki.truststore_file.read_text()),
    )

    async def run():
        async with AsyncExitStack() as started:
            custom, default = await start_fronts(
                started,
                graph,
                handle,
                pki=pki,
                ports=Ports(gateway=0, default_endpoint=0, backend=None),
                on_refused=refused.append,
            )
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.to_thread(answer, custom.port, pki, certificate=False)
            for port, certificate in ((custom.port, True), (default.port, False)):
                line = await asyncio.to_thread(answer, port, pki, certificate=certificate)
                assert line == b"HTTP/1.1 204 No Content"
            return custom.port

    port = asyncio.run(run())
    assert [r.endpoint for r in requests] == [Endpoint.CUSTOM_DOMAIN, Endpoint.DEFAULT]
    assert requests[0].tls.client_certificate_pem is not None
    assert [r.endpoint for r in refused] == [Endpoint.CUSTOM_DOMAIN]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
