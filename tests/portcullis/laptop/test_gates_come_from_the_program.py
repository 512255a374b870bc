"""Remove a gate from the program: the policies refuse it; without policies the gate is gone.

So no gate is wired into the gateway itself.
"""

import asyncio
import contextlib
import json
import queue
import ssl
import subprocess
import sys
import threading

import pytest

from portcullis.analyzer.harness import running_pack
from portcullis.analyzer.pack_folder import pack_of
from portcullis.analyzer.verdict import Verdict
from portcullis.graph.in_process import record
from portcullis.laptop.laptop import Laptop
from portcullis.laptop.options import EngineChoice, LaptopOptions
from portcullis.laptop.plan import PackJudge, RefusedByPolicyError
from portcullis.laptop.progress import Progress
from tests.portcullis.guards import GUARDS, without
from tests.portcullis.laptop.copies import ROOT, copy_project
from tests.portcullis.laptop.running import call
from tests.portcullis.laptop.steady import redeploy

pytestmark = pytest.mark.laptop

START_SECONDS = 600
FORGED = {"client": "pet-shop", "headers": {"Authorization": "Bearer forged.by.client"}}
OTHER_ADDRESS = {"client": "pet-shop", "source": "127.0.1.1"}


@pytest.fixture(scope="module")
def judge():
    with running_pack(pack_of(ROOT)) as pack:
        yield PackJudge(pack)


@pytest.mark.parametrize("gate", list(GUARDS))
def test_a_program_without_a_gate_is_refused(project, judge, gate):
    rule = without(project, gate)
    planned = record(project, "local", preview=True)
    with pytest.raises(RefusedByPolicyError, match=rf"(?s)nothing was started.* {rule}: "):
        judge.approve(planned, is_preview=True)


def test_a_refused_program_ends_the_run_before_anything_listens(project):
    rule = without(project, "truststore")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--json", "--project", str(project)),
            *("--port", "0", "--default-endpoint-port", "0", "--backend-port", "0"),
            *("--inspector-port", "0"),
            *("--engine", "in-process"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert rule in run.stderr
    assert "nothing was started" in run.stderr
    assert run.stdout == ""
    # The emulator's process is prepared while the program runs; it would say so if it listened.
    assert (project / ".portcullis" / "log" / "moto.log").read_text() == ""


class ApproveAll:
    """No policy pack: every graph is approved."""

    def approve(self, graph, *, is_preview):  # noqa: ARG002 - the protocol's arguments
        return Verdict(pack="none", rules=(), violations=())


@contextlib.contextmanager
def no_policies(_project):
    yield ApproveAll()


class UnjudgedLaptop:
    """A laptop of a copied program without its policies, on an event loop in its own thread."""

    def __init__(self, project):
        self.project = project
        self._answers = queue.Queue()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self):
        self._thread.start()
        self.ready = self._answers.get(timeout=START_SECONDS)
        if isinstance(self.ready, BaseException):
            raise self.ready
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(300)

    async def _run(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        options = LaptopOptions(
            project=self.project,
            engine=EngineChoice.IN_PROCESS,
            port=0,
            default_endpoint_port=0,
            backend_port=0,
        )
        try:
            async with Laptop(options, Progress(lambda _step: None), no_policies) as laptop:
                self._answers.put(laptop.ready.to_json())
                await self._stop.wait()
        except BaseException as error:  # noqa: BLE001 - raised in the test's thread
            self._answers.put(error)

    @contextlib.contextmanager
    def without(self, gate):
        """Redeploy the program without the gate; its file is restored afterwards."""
        path = self.project / GUARDS[gate][0]
        whole = path.read_text()
        without(self.project, gate)
        try:
            redeploy(self.ready)
            yield
        finally:
            path.write_text(whole)

    def call(self, **how):
        return call(self.ready, **how)


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory):
    """Each test redeploys what it needs: the program as it is, or without one gate."""
    with UnjudgedLaptop(copy_project(tmp_path_factory.mktemp("unjudged"))) as laptop:
        yield laptop


def test_without_the_web_acl_another_address_is_answered(unjudged):
    with unjudged.without("web ACL"):
        assert unjudged.call(**OTHER_ADDRESS)[0] == 200


def test_without_the_authorizer_an_unregistered_client_reaches_the_backend(unjudged):
    with unjudged.without("authorizer"):
        status, body, _ = unjudged.call(client="stranger")
    # The backend verifies the token, which only the authorizer mints.
    assert (status, json.loads(body)["error"]) == (401, "missing_token")


def test_without_the_mapping_a_forged_header_reaches_the_backend(unjudged):
    with unjudged.without("header mapping"):
        status, body, _ = unjudged.call(**FORGED)
    assert (status, json.loads(body)["error"]) == (401, "invalid_token")


def test_with_every_gate_in_place_the_same_calls_are_refused(unjudged):
    redeploy(unjudged.ready)
    assert unjudged.call(**OTHER_ADDRESS)[0] == 403
    assert unjudged.call(client="stranger")[0] == 403
    assert unjudged.call(**FORGED)[0] == 200  # with the authorizer's own header
    with pytest.raises(OSError):  # noqa: PT011 - the handshake fails, whatever the message
        unjudged.call(client=None)


def test_without_the_truststore_no_certificate_is_requested(project):
    # Another listener, so not a redeploy.
    without(project, "truststore")
    with UnjudgedLaptop(project) as laptop:
        try:
            status, _, _ = laptop.call(client=None)
        except ssl.SSLError as error:
            pytest.fail(f"the handshake failed: {error}")
    assert status == 403  # the authorizer is next and knows no such client
