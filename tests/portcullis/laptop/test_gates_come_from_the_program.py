"""Remove a gate from the program: the policies refuse it; bypass them: the gate is really gone.

So no gate is wired into the gateway itself.
"""

import asyncio
import contextlib
import json
import ssl
import subprocess
import sys

import pytest

from portcullis.analyzer.verdict import Verdict
from portcullis.laptop.laptop import Laptop
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.progress import Progress
from tests.portcullis.guards import GUARDS, without
from tests.portcullis.laptop.running import call

pytestmark = pytest.mark.laptop


class NobodyJudges:
    """The policy check, bypassed: every graph is approved."""

    def approve(self, graph, *, is_preview):  # noqa: ARG002 - the protocol's arguments
        return Verdict(pack="none", rules=(), violations=())


@contextlib.contextmanager
def nobody(_project):
    yield NobodyJudges()


def call_bypassed(project, *calls):
    """Start the copied program without its policies and make the calls."""

    async def run():
        options = LaptopOptions(project=project, port=0, default_endpoint_port=0, backend_port=0)
        answers = []
        async with Laptop(options, Progress(lambda _step: None), nobody) as laptop:
            ready = laptop.ready.to_json()
            for one in calls:
                try:
                    answers.append(await asyncio.to_thread(call, ready, **one))
                except OSError as error:
                    answers.append(error)
        return answers

    return asyncio.run(run())


@pytest.mark.parametrize("gate", list(GUARDS))
def test_a_program_without_a_gate_is_refused_before_anything_listens(project, gate):
    rule = without(project, gate)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--json", "--project", str(project)),
            *("--port", "0", "--default-endpoint-port", "0", "--backend-port", "0"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert rule in run.stderr
    assert "nothing was started" in run.stderr
    assert run.stdout == ""
    assert not (project / ".portcullis" / "run" / "moto").exists()


def test_without_the_web_acl_another_address_gets_through(project):
    stranger = {"client": "pet-shop", "source": "127.0.1.1"}
    without(project, "web ACL")
    ((status, _, _),) = call_bypassed(project, stranger)
    assert status == 200


def test_without_the_authorizer_an_unregistered_client_reaches_the_backend(project):
    without(project, "authorizer")
    ((status, body, _),) = call_bypassed(project, {"client": "stranger"})
    # The backend is the last line: it wants a token that only the authorizer mints.
    assert (status, json.loads(body)["error"]) == (401, "missing_token")


def test_without_the_mapping_a_forged_header_reaches_the_backend(project):
    without(project, "header mapping")
    forged = {"client": "pet-shop", "headers": {"Authorization": "Bearer forged.by.client"}}
    ((status, body, _),) = call_bypassed(project, forged)
    assert (status, json.loads(body)["error"]) == (401, "invalid_token")


def test_without_the_truststore_nobody_is_asked_for_a_certificate(project):
    without(project, "truststore")
    (answer,) = call_bypassed(project, {"client": None})
    assert not isinstance(answer, ssl.SSLError)
    status, _, _ = answer
    assert status == 403  # the authorizer, next in the row, knows no such client


def test_with_every_gate_in_place_the_same_calls_are_refused(project):
    blocked, stranger, forged, nameless = call_bypassed(
        project,
        {"client": "pet-shop", "source": "127.0.1.1"},
        {"client": "stranger"},
        {"client": "pet-shop", "headers": {"Authorization": "Bearer forged.by.client"}},
        {"client": None},
    )
    assert blocked[0] == 403
    assert stranger[0] == 403
    assert forged[0] == 200
    assert isinstance(nameless, OSError)
