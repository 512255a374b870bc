"""The emulator's port is for this user's own programs; other callers are refused."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from portcullis.gateway.emulator.caller_check import SOCKETS, CallerCheck, owner_of

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534        0 3 1
"""


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        """Tests are quiet."""

    def get_environ(self):
        return super().get_environ() | {"REMOTE_PORT": self.client_address[1]}


@pytest.fixture
def door():
    def inside(_environ, start_response):
        start_response("200 OK", [("Content-Length", "2")])
        return [b"in"]

    server = make_server("127.0.0.1", 0, inside, handler_class=Handler)
    server.set_app(CallerCheck(inside, host="127.0.0.1", port=server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", path, headers=headers)
    answer = connection.getresponse()
    result = answer.status, answer.read().decode()
    connection.close()
    return result


def test_a_program_of_the_same_user_is_accepted(door):
    assert ask(door) == (200, "in")
    assert ask(door, "/moto-api/") == (200, "in")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/", {"Origin": "https://evil.example"}, id="page of another origin"),
        pytest.param("/", {"Origin": "null"}, id="page without an origin"),
        pytest.param("/", {"Sec-Fetch-Mode": "no-cors"}, id="form or image"),
        pytest.param("/", {"Host": "evil.example"}, id="rebound name"),
        pytest.param("/", {"Host": "localhost"}, id="another name"),
        pytest.param("/moto-api/reset", {}, id="reset"),
        pytest.param("/moto-api", {}, id="controls"),
    ],
)
def test_a_web_page_and_the_controls_are_refused(door, path, headers):
    status, text = ask(door, path, **headers)
    assert status == 403
    assert text.startswith("refused: ")


def test_the_owner_is_that_of_the_clients_end():
    assert owner_of(TABLE, ("127.0.0.1", 0xC350), 0x1F90) == 65534
    assert owner_of(TABLE, ("127.0.0.1", 0xC351), 0x1F90) is None
    assert owner_of("", ("127.0.0.1", 1), 2) is None


def test_the_same_port_of_another_address_has_another_owner():
    ours = TABLE.replace("65534", "1000")
    theirs = "   0: 0200007F:C350 0100007F:1F90 01 0:0 00:0 0 65534 0 4 1\n"
    for sockets in (ours + theirs, theirs + ours):
        assert owner_of(sockets, ("127.0.0.1", 0xC350), 0x1F90) == 1000
        assert owner_of(sockets, ("127.0.0.2", 0xC350), 0x1F90) == 65534


def test_a_socket_that_was_closed_already_has_no_owner():
    closed = TABLE.replace("65534        0 3 1", "    0        0 0 3").replace("01 0", "05 0")
    assert owner_of(closed, ("127.0.0.1", 0xC350), 0x1F90) is None


def test_a_caller_that_does_not_wait_for_the_answer_is_refused(door):
    """Else another user's write would count as root's, as soon as its socket is closed."""
    with socket.create_connection(("127.0.0.1", door)) as stream:
        client = stream.getsockname()
        stream.sendall(b"POST / HTTP/1.0\r\n")
    assert owner_of(SOCKETS.read_text(), client, door) is None


def test_a_connection_that_is_not_listed_is_refused(door, monkeypatch, tmp_path):
    empty = tmp_path / "tcp"
    empty.write_text("")
    monkeypatch.setattr("portcullis.gateway.emulator.caller_check.SOCKETS", empty)
    assert ask(door) == (403, "refused: another user's program\n")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("curl") is None,
    reason="only root can start a program as somebody else, and that program is curl",
)
def test_another_users_program_is_refused(door):
    run = subprocess.run(
        ["curl", "--silent", "--max-time", "250", f"http://127.0.0.1:{door}/"],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd="/",
    )
    assert run.stdout == "refused: another user's program\n", run.stderr


def test_a_source_address_of_its_own_changes_nothing(door):
    with socket.create_connection(("127.0.0.1", door), source_address=("127.0.0.9", 0)) as stream:
        stream.sendall(f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{door}\r\n\r\n".encode())
        assert b" 200 " in stream.recv(200)
