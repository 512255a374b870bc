"""Calls without a pause over one kept-alive connection, and the laptop's control socket."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from portcullis.gateway.functions.service import WORKERS

CONTROL_SECONDS = 900


@dataclass
class Call:
    """One call: when it began and ended (monotonic), and what came back."""

    began: float
    ended: float
    status: int
    body: str


@dataclass
class Steady:
    """A client that calls until the block ends; a connection that breaks ends it with an error."""

    ready: dict
    client: str
    files: dict | None = None
    source: str = "127.0.0.1"  # each address has a rate limit of its own
    pause_seconds: float = 0.05  # a busy gateway is not the subject; below the limit of PATIENT
    calls: list[Call] = field(default_factory=list)
    error: Exception | None = None

    def __enter__(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.wait_for(lambda: self.calls or self.error)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(600)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error

    def wait_for(self, condition, seconds=300):
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < deadline, "it did not happen"
            assert self.error is None, self.error
            time.sleep(0.05)
        return result

    def since(self, moment):
        return [call for call in self.calls if call.began >= moment]

    def meet_every_worker(self):
        """Return once each of the authorizer's workers has a token for this client.

        For a deployment without a cache of answers: there, each call goes to a worker.
        """
        control(self.ready, "await-workers")
        self.wait_for(lambda: tokens_made(self.ready, self.client) >= WORKERS)

    def calls_after(self, moment, count=10):
        """So many calls or more that began when no answer of before the moment is cached.

        The gateway caches an answer from when it arrives, so as much later as a call takes.
        """

        def later():
            longest = max(call.ended - call.began for call in self.calls)
            calls = self.since(moment + longest)
            return calls if len(calls) >= count else None

        return self.wait_for(later)

    def refused(self):
        return [call for call in self.calls if call.status != 200]

    def _run(self):
        try:
            with contextlib.closing(self._connect()) as connection:
                while not self._stop.is_set():
                    began = time.monotonic()
                    connection.request("GET", "/pets", headers={"User-Agent": "test"})
                    answer = connection.getresponse()
                    body = answer.read().decode()
                    self.calls.append(Call(began, time.monotonic(), answer.status, body))
                    # http.client would open another connection by itself, and without TLS.
                    assert not answer.will_close, "the gateway closed the connection"
                    time.sleep(self.pause_seconds)
        except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
            self.error = error

    def _connect(self):
        context = ssl.create_default_context(cafile=self.ready["ca"])
        files = self.files or self.ready["clients"][self.client]
        context.load_cert_chain(files["certificate"], files["key"])
        host, port = self.ready["gateway"].removeprefix("https://").split(":")
        raw = socket.create_connection(
            ("127.0.0.1", int(port)), timeout=300, source_address=(self.source, 0)
        )
        connection = http.client.HTTPConnection(host, int(port), timeout=300)
        connection.sock = context.wrap_socket(raw, server_hostname=host)
        return connection


def control(ready, command, **arguments):
    """One command of the control socket, done when this returns."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(CONTROL_SECONDS)
        stream.connect(ready["control"])
        stream.sendall(json.dumps({"do": command, **arguments}).encode() + b"\n")
        with stream.makefile() as answers:
            answer = json.loads(answers.readline())
    assert answer["ok"], answer["error"]
    return answer


def redeploy(ready, **settings):
    """The program again, with these settings: the engine's `pulumi up`."""
    config = {
        f"portcullis:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }
    log = authorizer_log(ready)
    before = log.stat().st_size
    answer = control(ready, "redeploy", config=config)
    REDEPLOYED_AT[log] = before
    return answer


# Where in a laptop's log of the authorizer its present workers begin.
REDEPLOYED_AT = {}


def authorizer_log(ready):
    return Path(ready["gates"]).with_name("portcullis-local-authorizer.log")


def tokens_made(ready, client):
    """How many workers have made a token for the client since the last redeploy."""
    log = authorizer_log(ready)
    with log.open("rb") as lines:
        lines.seek(REDEPLOYED_AT.get(log, 0))
        decided = [
            json.loads(line) for line in lines if line.startswith(b"{") and line[-2:] == b"}\n"
        ]
    return sum(
        (line.get("clientId"), line.get("decision"), line.get("tokenReused"))
        == (client, "allow", False)
        for line in decided
    )


# One address may then call 10,000 times in five minutes, the most that the policies let pass.
PATIENT = ("--config", "rateLimit=10000", "--config", "rateWindowSeconds=300")
