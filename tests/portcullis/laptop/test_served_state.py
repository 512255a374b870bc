"""`portcullis serve` from an export: the gates are the stack's, what only AWS has is replaced."""

import json
import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request

import pytest
import yaml
from cryptography import x509
from typer.testing import CliRunner

from portcullis.cli.main import app
from portcullis.errors import MisuseError
from portcullis.graph.in_process import record
from portcullis.laptop.renewal_key import authority_file
from portcullis.pki.laptop import ensure
from tests.portcullis.laptop.exported.stacks import export_of
from tests.portcullis.laptop.running import ROOT, START_SECONDS, STOP_SECONDS, call
from tests.portcullis.renewal.calls import csr

pytestmark = pytest.mark.laptop

RENEWAL = "portcullis-local-renewal"
CA_KEY = "arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """The export of a stack whose truststore is not the one that the gateway makes."""
    folder = tmp_path_factory.mktemp("export")
    pki = ensure(folder / "pki", hosts=["localhost"], clients={})
    registry = yaml.safe_load((ROOT / "clients.local.yaml").read_text())
    registry["clients"][0]["scopes"].append("certificates:renew")
    (folder / "clients.yaml").write_text(yaml.safe_dump(registry))
    settings = {
        "truststoreFile": pki.truststore_file,
        "clientsFile": folder / "clients.yaml",
        "certificateRenewalKeyArn": CA_KEY,
        "certificateRenewalAuthorityFile": authority_file(folder / "pki"),
    }
    config = {f"portcullis:{name}": str(value) for name, value in settings.items()}
    graph = record(ROOT, "local", preview=False, config=config)
    file = folder / "export.json"
    file.write_text(json.dumps(export_of(graph)))
    return file


def arguments_of(export, state, *arguments):
    return [
        *("serve", "--json", "--state", str(export), "--state-dir", str(state)),
        *("--port", "0", "--default-endpoint-port", "0", "--inspector-port", "0"),
        *arguments,
    ]


def serve(export, state, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "portcullis", *arguments_of(export, state, *arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def served(export, tmp_path_factory):
    state = tmp_path_factory.mktemp("served")
    clients = str(ROOT / "clients.local.yaml")
    own = ensure(state / "pki", hosts=["localhost"], clients={})
    process = serve(
        export,
        state,
        *("--backend", "petstore", "--clients", clients),
        *("--truststore", str(own.truststore_file)),
    )
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    line = process.stdout.readline()
    timer.cancel()
    if not line:
        _, said = process.communicate(timeout=STOP_SECONDS)
        raise AssertionError(f"not ready, exit {process.returncode}: {said}")
    yield json.loads(line)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 0, said


def test_a_registered_client_is_answered_by_the_backend_that_verifies_its_token(served):
    status, body, _ = call(served, "pet-shop")
    assert status == 200
    assert [pet["type"] for pet in json.loads(body)] == ["dog", "cat", "fish"]


def test_the_gates_of_the_stack_refuse(served):
    assert call(served, "stranger")[0] == 403
    assert call(served, "pet-hotel")[0] == 403  # suspended in the registry of the zip
    assert call(served, "pet-shop", source="127.0.1.1")[0] == 403  # not in the web ACL's networks
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call(served, None)


def test_a_client_renews_its_certificate_though_the_stack_has_another_authority(served):
    path = "/.well-known/certificate-renewal"
    status, body, _ = call(served, "pet-shop", path=path, method="POST", body=csr())
    new, issuer = x509.load_pem_x509_certificates(body.encode())
    new.verify_directly_issued_by(issuer)
    assert status == 200
    assert "pet-shop" in new.subject.rfc4514_string()


def test_the_inspector_is_beside_the_gateway(served):
    with urllib.request.urlopen(served["inspector"]) as page:  # noqa: S310 - http on loopback
        assert "Portcullis inspector" in page.read().decode()


def test_the_published_key_is_the_emulators_and_not_the_exported_one(served, export):
    (state, *_) = json.loads(export.read_text())["deployment"]["resources"]
    (exported,) = state["outputs"]["jwks"]["keys"]
    _, body, _ = call(served, "pet-shop", path="/.well-known/jwks.json")
    (published,) = json.loads(body)["keys"]
    for name in ("kid", "x", "y"):
        assert published[name] != exported[name]


BACKEND = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Own(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["PORTCULLIS_AUDIENCE"].encode())
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Own).serve_forever()
"""


def test_a_command_is_the_backend_of_the_export_as_in_up(export, tmp_path):
    (tmp_path / "own.py").write_text(BACKEND)
    own = ensure(tmp_path / "state" / "pki", hosts=["localhost"], clients={})
    process = serve(
        export,
        tmp_path / "state",
        *("--backend", shlex.join([sys.executable, str(tmp_path / "own.py")])),
        *("--clients", str(ROOT / "clients.local.yaml")),
        *("--truststore", str(own.truststore_file)),
    )
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        ready = json.loads(line)
        status, body, _ = call(ready, "pet-shop")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)
    assert (status, body) == (200, "petstore")
    port = int(ready["backend"].rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--backend http://HOST:PORT"),
        (("--backend", "petstore", "--truststore", "/nowhere.pem"), "--truststore /nowhere.pem"),
        (
            ("--backend", "petstore", "--code", f"{RENEWAL}=/no.zip"),
            "does not exist",
        ),
        (("--backend", "petstore", "--source-ip", "partner"), "--source-ip partner must be"),
    ],
    ids=["backend", "truststore", "code", "source-ip"],
)
def test_a_part_that_is_missing_ends_the_run_before_anything_listens(
    export, tmp_path, arguments, says
):
    assert says in refusal(export, tmp_path / "state", *arguments)


def refusal(export, state, *arguments):
    """What the command says; tests/portcullis/cli/test_main.py has the exit code and the line."""
    ended = CliRunner().invoke(app, arguments_of(export, state, *arguments))
    assert isinstance(ended.exception, MisuseError), ended.output
    assert ended.stdout == ""
    assert not state.exists()
    return str(ended.exception)


def with_a_table(resources):
    urn = "urn:pulumi:local::portcullis::aws:dynamodb/table:Table::registry"
    return [*resources, {"urn": urn, "type": "aws:dynamodb/table:Table", "inputs": {"name": "r"}}]


def without_the_domain(resources):
    return [r for r in resources if r["type"] != "aws:apigateway/domainName:DomainName"]


@pytest.mark.parametrize(
    ("change", "says"),
    [(with_a_table, "--clients FILE"), (without_the_domain, "has no custom domain")],
    ids=["table", "no-domain"],
)
def test_an_export_that_cannot_be_served_ends_the_run(export, tmp_path, change, says):
    document = json.loads(export.read_text())
    document["deployment"]["resources"] = change(document["deployment"]["resources"])
    file = tmp_path / "export.json"
    file.write_text(json.dumps(document))
    assert says in refusal(file, tmp_path / "state", "--backend", "petstore")
