"""A backend of the user's is started where the gateway calls it, and stopped with its children."""

import asyncio
import json
import socket
import sys
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from portcullis.errors import PortcullisError
from portcullis.laptop import own_backend
from portcullis.laptop.backend_choice import BackendCommand, BackendUrl
from portcullis.laptop.own_backend import BackendStartError, require_listening, start_command
from portcullis.laptop.ports import free_port
from tests.portcullis.gateway.edge.clients import wait_for
from tests.portcullis.laptop.closed_port import closed_port

ECHO = """\
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        names = ("HOST", "PORT", "PORTCULLIS_JWKS", "PORTCULLIS_ISSUER", "PORTCULLIS_AUDIENCE")
        body = json.dumps([os.getcwd(), os.getpid(), *(os.environ[name] for name in names)])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Echo).serve_forever()
"""


@pytest.fixture
def start(tmp_path):
    async def command(started, *arguments, port=None):
        port = port or free_port("127.0.0.1")
        url = f"http://127.0.0.1:{port}"
        await start_command(
            started,
            BackendCommand(arguments=arguments, directory=tmp_path),
            url=url,
            jwks=tmp_path / "jwks.json",
            outputs={"issuer": "https://localhost", "audience": "orders"},
            log_file=tmp_path / "backend.log",
        )
        return url

    return command


def get(url):
    with urllib.request.urlopen(url, timeout=300) as answer:  # noqa: S310 - http on loopback
        return json.load(answer)


@pytest.mark.parametrize("shell", [False, True], ids=["a program", "a shell that starts one"])
def test_it_learns_from_its_environment_where_to_listen_and_ends_with_the_laptop(
    start, tmp_path, shell
):
    (tmp_path / "echo.py").write_text(ECHO)
    program = (sys.executable, "echo.py")
    arguments = ("sh", "-c", f"{sys.executable} echo.py; true") if shell else program

    async def run():
        async with AsyncExitStack() as started:
            url = await start(started, *arguments)
            return url, await asyncio.to_thread(get, url)

    url, (folder, pid, *environment) = asyncio.run(run())
    assert folder == str(tmp_path)
    host, _, port = url.removeprefix("http://").rpartition(":")
    jwks = str(tmp_path / "jwks.json")
    assert environment == [host, port, jwks, "https://localhost", "orders"]
    wait_for(lambda: not is_alive(pid))


def is_alive(pid):
    """Whether a process runs; one that has ended may wait to be reaped by the system."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def failure(start, *arguments):
    async def run():
        async with AsyncExitStack() as started:
            await start(started, *arguments)

    with pytest.raises(BackendStartError) as error:
        asyncio.run(run())
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_command_that_ends_is_one_line_with_its_status_and_its_last_line(start, tmp_path):
    text = failure(start, sys.executable, "-c", "import sys; print(1); sys.exit('no database')")
    assert "ended with status 1 before it listened on 127.0.0.1:" in text
    assert text.endswith(f"Log: {tmp_path / 'backend.log'} (last line: no database)")


def test_a_command_that_does_not_listen_is_one_line_that_names_the_port_variable(
    start, monkeypatch
):
    monkeypatch.setattr(own_backend, "LISTEN_SECONDS", 0.5)
    text = failure(start, sys.executable, "-c", "import time; time.sleep(600)")
    assert "did not listen on 127.0.0.1:" in text
    assert "within 0.5 seconds" in text
    assert "the environment variables HOST and PORT" in text


def test_a_port_that_another_program_has_taken_is_one_line_that_names_the_option(start):
    async def run(port):
        async with AsyncExitStack() as started:
            await start(started, sys.executable, "-c", "pass", port=port)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortcullisError, match=f"on port {port} of 127.*--backend-port PORT"):
            asyncio.run(run(port))


def test_an_address_where_something_listens_is_accepted():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        asyncio.run(require_listening(BackendUrl(url=f"http://127.0.0.1:{port}/v1")))


def test_an_address_where_nothing_listens_is_one_line_with_the_way_out():
    with closed_port() as port:
        url = f"http://127.0.0.1:{port}"
        says = f"{url} cannot be reached: connection refused"
        with pytest.raises(PortcullisError, match=says):
            asyncio.run(require_listening(BackendUrl(url=url)))


def test_a_host_that_does_not_exist_is_an_error():
    with pytest.raises(PortcullisError, match=r"https://orders\.invalid cannot be reached"):
        asyncio.run(require_listening(BackendUrl(url="https://orders.invalid")))
