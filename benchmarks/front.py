"""Requests per second through the TLS front with nothing behind it.

    .venv/bin/python benchmarks/front.py [--seconds 3]

The server runs in a process of its own on uvloop and verifies a client certificate; the clients are
asyncio TLS connections in this one, so on two cores neither has to wait for the other. Reported per
row: answers per second, and the server's CPU time per answer, which does not depend on the client.
"""

import argparse
import asyncio
import datetime
import multiprocessing
import os
import ssl
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from cryptography import x509

from portcullis.gateway.edge.listener import serve
from portcullis.gateway.exchange import Layer, Request, Response
from portcullis.gateway.resources.specs import DomainSpec
from portcullis.pki.authority import Authority

GET = b"GET /orders HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: benchmark\r\n\r\n"
ANSWER = Response(
    status=200,
    headers=(("Content-Type", "application/json"), ("x-amzn-RequestId", "benchmark")),
    body=b'[{"id": 1, "sku": "dog", "price": 249.99}]',
    layer=Layer.BACKEND,
)
HANDSHAKES = 300


async def handle(_request: Request) -> Response:
    return ANSWER


def server(folder: Path, ready: Connection) -> None:
    async def main() -> None:
        front = await serve(
            domains=[
                DomainSpec(
                    domain_name="localhost",
                    minimum_tls_version="TLSv1.2",
                    truststore_pem=(folder / "truststore.pem").read_bytes(),
                )
            ],
            server_certificates={"localhost": (folder / "server.pem", folder / "server.key")},
            handle=handle,
            port=0,
            addresses=("127.0.0.1",),
        )
        ready.send(front.port)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, ready.recv)
        await front.close(1)

    uvloop.run(main())


def certificates(folder: Path) -> ssl.SSLContext:
    day = datetime.timedelta(days=1)
    root = Authority.root("benchmark", lifetime=4 * day)
    issuer = root.intermediate("benchmark", lifetime=3 * day)
    uri = x509.UniformResourceIdentifier("spiffe://portcullis.local/client/benchmark")
    made = {
        "server": issuer.issue_server([x509.DNSName("localhost")], lifetime=day),
        "client": issuer.issue_client("benchmark", [uri], lifetime=day),
    }
    (folder / "truststore.pem").write_bytes(root.certificate_pem)
    for name, credential in made.items():
        (folder / f"{name}.pem").write_bytes(credential.certificate_pem)
        (folder / f"{name}.key").touch(mode=0o600)
        (folder / f"{name}.key").write_bytes(credential.key_pem)
    context = ssl.create_default_context(cafile=folder / "truststore.pem")
    context.load_cert_chain(folder / "client.pem", folder / "client.key")
    return context


class Client(asyncio.Protocol):
    """Sends the next request as soon as an answer is whole."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.answers = 0
        self.pending = 0
        self.is_over = False
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(GET)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.pending += len(data)
        if self.pending == self.size:
            self.pending = 0
            self.answers += 1
            if self.is_over:
                self.transport.close()
            else:
                self.transport.write(GET)  # type: ignore[attr-defined]

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone.set_result(None)


async def answer_size(port: int, context: ssl.SSLContext) -> int:
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    writer.write(GET)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"not an answer: {head!r}")
    await reader.readexactly(len(ANSWER.body))
    writer.close()
    return len(head) + len(ANSWER.body)


async def requests(
    port: int, context: ssl.SSLContext, connections: int, seconds: float, size: int
) -> int:
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Client(size), "localhost", port, ssl=context))[1]
        for _ in range(connections)
    ]
    before = sum(client.answers for client in clients)
    await asyncio.sleep(seconds)
    answers = sum(client.answers for client in clients) - before
    for client in clients:
        client.is_over = True
    await asyncio.gather(*(client.gone for client in clients))
    return answers


async def handshakes(port: int, context: ssl.SSLContext) -> int:
    for _ in range(HANDSHAKES):
        _, writer = await asyncio.open_connection("localhost", port, ssl=context)
        writer.close()
    return HANDSHAKES


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    seconds = parser.parse_args().seconds
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        client_tls = certificates(Path(name))
        ours, theirs = context.Pipe()
        process = context.Process(target=server, args=(Path(name), theirs))
        process.start()
        port = ours.recv()
        size = uvloop.run(answer_size(port, client_tls))
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {seconds:g} s each")
        print(f"{'':28}{'per second':>12}{'server CPU µs each':>20}")
        for title, measure in (
            ("requests, 1 connection", lambda: requests(port, client_tls, 1, seconds, size)),
            ("requests, 16 connections", lambda: requests(port, client_tls, 16, seconds, size)),
            ("handshakes with certificate", lambda: handshakes(port, client_tls)),
        ):
            cpu, clock = cpu_seconds(process.pid or 0), time.perf_counter()
            count = uvloop.run(measure())
            cpu = cpu_seconds(process.pid or 0) - cpu
            clock = time.perf_counter() - clock
            print(f"{title:28}{count / clock:12.0f}{cpu / count * 1e6:20.0f}")
        ours.send(None)
        process.join(10)


if __name__ == "__main__":
    main()
