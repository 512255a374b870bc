"""Another contract than the sample's, with a backend of the user's: served behind the gates."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.portcullis.contract.contracts import ORDERS
from tests.portcullis.laptop.running import ROOT, START_SECONDS, assert_ends, call, running

pytestmark = pytest.mark.laptop

BACKEND = """\
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Orders(BaseHTTPRequestHandler):
    def do_GET(self):
        sent = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"path": self.path, "headers": sent, "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Orders).serve_forever()
"""
TENANT = {"X-Tenant": "acme"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    (folder / "orders.yaml").write_text(ORDERS)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture(scope="module")
def orders(folder):
    command = shlex.join([sys.executable, str(folder / "backend.py")])
    with running(
        folder / "state", "--contract", str(folder / "orders.yaml"), "--backend", command
    ) as laptop:
        yield laptop


def test_the_users_backend_answers_a_client_with_the_scope(orders):
    status, body, _ = orders.call("partner", path="/v1/orders", headers=TENANT)
    assert status == 200
    received = json.loads(body)
    assert received["path"] == "/v1/orders"
    assert received["headers"]["x-tenant"] == "acme"
    assert received["headers"]["authorization"].startswith("Bearer ")
    assert received["pid"] in orders.children()


def test_the_gates_follow_the_contract(orders):
    def status(client, path="/v1/orders", headers=TENANT):
        return orders.call(client, path=path, headers=headers)[0]

    assert status("partner-a") == 200
    assert status("partner-b") == 403  # orders:write alone
    assert status("partner-suspended") == 403
    assert status("stranger") == 403
    assert status("partner", headers={}) == 400  # a required header of the path
    assert status("partner", path="/pets") == 403  # the sample's route is unknown here


def test_the_line_to_paste_is_a_call_of_this_contract(orders):
    assert orders.ready["example"] == {"path": "/v1/orders", "headers": {"X-Tenant": "1"}}
    assert next(iter(orders.ready["clients"])) == "partner"


def test_sigterm_ends_every_process_and_the_command_s(orders):
    port = int(orders.ready["backend"].rpartition(":")[2])
    assert_ends(orders, signal.SIGTERM)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.fixture
def listener():
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_backend_that_runs_already_is_called(folder, listener):
    command = [
        *(sys.executable, "-m", "portcullis", "up", "--json", "--engine", "in-process"),
        *("--state-dir", str(folder / "url"), "--project", str(ROOT), "--port", "0"),
        *("--default-endpoint-port", "0", "--backend", listener),
        *("--contract", str(folder / "orders.yaml")),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            assert ready["backend"] == listener
            assert call(ready, "partner", path="/v1/orders", headers=TENANT)[0] == 204
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def test_without_a_backend_the_start_ends_in_one_line(folder):
    """One that does not listen: test_backend.py."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--engine", "in-process", "--port", "0"),
            *("--default-endpoint-port", "0", "--state-dir", str(folder / "none")),
            *("--backend-port", "0", "--inspector-port", "0"),
            *("--contract", str(folder / "orders.yaml")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert result.returncode == 2
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "--backend 'COMMAND'" in line
    assert "Traceback" not in result.stderr
