"""A case must be able to fail: scripted servers are wrong in one way, and cases must differ.

The lab's gateway here is a script of a few lines. That the real one passes is shown by
`portcullis up --verify`.
"""

import socket
import threading
from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run import runner as runner_module
from portcullis.acceptance.target.clients import CaseClients
from portcullis.errors import ExitCode, MisuseError
from tests.portcullis.acceptance.lab import PETS, json_answer
from tests.portcullis.acceptance.run.known import (
    BY_NAME,
    CASES,
    FORBIDDEN,
    LAYER,
    READ,
    only,
    run,
)


def verdicts(report):
    return {result.case.name: result.verdict for result in report.results}


QUICK = tuple(replace(case, recovery_seconds=0.2) for case in CASES)


def test_a_server_that_lets_everything_through_fails_every_attack(lab, pki):
    """Also without TLS: a plain server on the gateway's port would answer plain HTTP."""
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is CaseVerdict.PASSED}
    good = {case.name for case in CASES if 200 in case.expect.statuses}
    # The lab's TLS library refuses these two by itself; test_wire shows them being found out.
    assert passed - good == {"tls-1.1", "plain-http"}
    assert report.exit_code is ExitCode.FAILED


def test_a_server_that_refuses_everything_fails_every_call_that_must_work(lab):
    lab.gateway_reply = lab.default_reply = lambda _asked: json_answer(403, FORBIDDEN)
    lab.backend_reply = lambda _asked: json_answer(401, {"error": "invalid_token"})
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is CaseVerdict.PASSED}
    for case in CASES:
        if 200 in case.expect.statuses:
            assert case.name not in passed
        if case.expect.gate in (Gate.WEB_ACL, Gate.ROUTE, Gate.AUTHORIZER, Gate.VALIDATION):
            assert case.name not in passed, "a refusal by an unnamed gate"
    assert report.exit_code is ExitCode.FAILED


def test_closed_ports_fail_every_case(lab):
    target = lab.target()
    lab.gateway.close()
    lab.default.close()
    lab.backend.close()
    cases = [case for case in QUICK if Need.CONTROL not in case.needs]
    report = run(cases, target)
    assert CaseVerdict.PASSED not in verdicts(report).values()


def test_needs_that_are_not_met_skip_with_their_reason(lab):
    target = replace(lab.target(), control=None)
    result = only(run([BY_NAME["backend-down"]], target))
    assert (result.verdict, result.reason) == (CaseVerdict.SKIPPED, Need.CONTROL)
    assert run([BY_NAME["backend-down"]], target).exit_code is ExitCode.FAILED


def test_progress_is_called_with_every_result(lab):
    told = []
    run([READ, BY_NAME["revoked"]], lab.target(), told.append)
    assert [result.case.name for result in told] == ["read", "revoked"]


def test_a_file_without_a_certificate_is_misuse(lab, tmp_path):
    (tmp_path / "empty.pem").write_text("")
    target = lab.target()
    first, *others = target.clients.registered
    presented = replace(first.presented, certificate=tmp_path / "empty.pem")
    clients = CaseClients(registered=[replace(first, presented=presented), *others])
    target = replace(target, clients=clients)
    with pytest.raises(MisuseError, match=r"empty\.pem"):
        run([BY_NAME["unknown-issuer"]], target)


def test_forged_certificates_are_gone_after_the_run(lab, monkeypatch):
    folders = []
    original = runner_module.Identities

    def spying(target, folder):
        folders.append(folder)
        return original(target, folder)

    monkeypatch.setattr(runner_module, "Identities", spying)
    run([BY_NAME["expired"]], lab.target())
    assert folders
    assert not folders[0].exists()


WAITING = [BY_NAME[n] for n in ("authorizer-hangs", "signing-key-down", "backend-silent")]
UNKNOWN_ROUTE = BY_NAME["unknown-route"]
TIMEOUT, KMS = "the authorizer failed: Timeout", "the authorizer failed: Unhandled: signing_failed"


class Overlap:
    """A gateway that answers the waiting calls only after a call to an unknown route.

    A runner that makes them one after the other gets LATE in place of each right answer. The reason
    of the third is ``hang``.
    """

    LATE = json_answer(200, PETS)

    def __init__(self, lab, hang=TIMEOUT):
        self.lab, self._hang = lab, hang
        self.events = []
        self._arrived = {case.name: threading.Event() for case in reversed(WAITING)}
        self._released = threading.Event()
        self._break = lab.control._act
        lab.control._act = self._act
        lab.gateway_reply = self._reply

    def _act(self, command):
        if command == "await-call":
            assert self._arrived["signing-key-down"].wait(300)
        else:
            self.events.append(command)
            self._break(command)

    def _reply(self, asked):
        if asked.path != "/pets":
            self._arrived["authorizer-hangs"].wait(300)
            self.events.append("unknown-route")
            self._released.set()
            return json_answer(403, {"message": "Missing Authentication Token"}, (LAYER, "route"))
        name = next(name for name, event in self._arrived.items() if not event.is_set())
        self.events.append(name)
        self._arrived[name].set()
        if name == "backend-silent":
            with socket.create_connection(("127.0.0.1", self.lab.backend.port)) as backend:
                backend.sendall(b"GET /pets HTTP/1.1\r\n\r\n")
                return self._when_released(name)
        return self._when_released(name)

    def _when_released(self, name):
        if not self._released.wait(300):
            return self.LATE
        if name == "backend-silent":
            body = {"message": "Endpoint request timed out"}
            return json_answer(504, body, (LAYER, "integration"))
        return self.lab.authorizer_failed(KMS if name == "signing-key-down" else self._hang)


def test_cases_that_wait_for_a_timeout_hold_back_neither_each_other_nor_the_rest(lab):
    overlap = Overlap(lab)
    report = run([*WAITING, UNKNOWN_ROUTE], lab.target())
    assert [(r.case.name, r.verdict, r.reason) for r in report.results] == [
        ("authorizer-hangs", CaseVerdict.PASSED, ""),
        ("signing-key-down", CaseVerdict.PASSED, ""),
        ("backend-silent", CaseVerdict.PASSED, ""),
        ("unknown-route", CaseVerdict.PASSED, ""),
    ]
    assert overlap.events[:7] == [
        *("stop-backend", "backend-silent", "stop-kms", "signing-key-down"),
        *("pause-authorizer", "authorizer-hangs", "unknown-route"),
    ]
    assert sorted(overlap.events[7:]) == ["resume-authorizer", "start-backend", "start-kms"]


def test_an_authorizer_that_does_not_hang_fails_though_kms_is_down_at_the_same_time(lab):
    Overlap(lab, hang=KMS)
    report = run([*WAITING, UNKNOWN_ROUTE], lab.target())
    assert verdicts(report) == {
        "authorizer-hangs": CaseVerdict.FAILED,
        "signing-key-down": CaseVerdict.PASSED,
        "backend-silent": CaseVerdict.PASSED,
        "unknown-route": CaseVerdict.PASSED,
    }


def test_cases_that_overlap_fail_one_by_one_and_repair_what_they_broke(lab):
    """The gateway lets every call through: the backend is never reached, and nothing hangs."""
    report = run([*WAITING, UNKNOWN_ROUTE], lab.target())
    assert set(verdicts(report).values()) == {CaseVerdict.FAILED}
    commands = [command for command in lab.control.commands if command != "await-call"]
    assert sorted(commands) == sorted(c for case in WAITING for c in (*case.breaks, *case.mends))


def test_a_part_stays_broken_for_the_first_of_the_waiting_cases(lab):
    run([BY_NAME["backend-down"], BY_NAME["backend-silent"]], lab.target())
    assert lab.control.commands == ["stop-backend", "start-backend"]
