"""A case must be able to fail: scripted servers that are wrong in one way, and cases that notice.

The lab's gateway here is a script of a few lines. That the real one passes is shown by
`portcullis up --verify`.
"""

import base64
import json
import subprocess
import sys
import threading
import uuid
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portcullis.acceptance.forged.tokens import Forger, PublicKey, compact
from portcullis.acceptance.matrix.case import (
    BadBackend,
    Behaviour,
    Call,
    Caller,
    Case,
    Expect,
    Interleaved,
    Layer,
    Need,
    Recovering,
    Repeated,
    Resumed,
)
from portcullis.acceptance.matrix.cases import BACKEND, CASES, HEADERS, RATE, THREE_PETS
from portcullis.acceptance.report import Verdict
from portcullis.acceptance.run import runner as runner_module
from portcullis.acceptance.run.control import Command
from portcullis.acceptance.run.runner import run
from portcullis.acceptance.wire import client as wire
from portcullis.errors import ExitCode, MisuseError
from tests.portcullis.acceptance.lab import PETS, http, json_answer

BY_NAME = {case.name: case for case in CASES}
LAYER = "x-portcullis-layer"
FORBIDDEN = {"message": "Forbidden"}
READ = Case(name="read", attack="", caller=Caller.CLIENT, expect=THREE_PETS)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(wire, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 5.0)


def verdicts(report):
    return {result.case.name: result.verdict for result in report.results}


def only(report):
    (result,) = report.results
    return result


# --- the whole matrix against servers that hold nothing -----------------------------------------

QUICK = tuple(
    replace(case, action=replace(case.action, seconds=0.2))
    if isinstance(case.action, Recovering)
    else case
    for case in CASES
)


def test_a_server_that_lets_everything_through_fails_every_attack(lab, pki):
    """Also without TLS: a plain server on the gateway's port would answer plain HTTP."""
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is Verdict.PASSED}
    good = {case.name for case in CASES if 200 in case.expect.statuses}
    # The lab's TLS library refuses these two by itself; test_wire shows them being found out.
    assert passed - good == {"tls-1.1", "plain-http"}
    assert report.exit_code is ExitCode.FAILED


def test_a_server_that_refuses_everything_fails_every_call_that_must_work(lab):
    lab.gateway_reply = lab.default_reply = lambda _asked: json_answer(403, FORBIDDEN)
    lab.backend_reply = lambda _asked: json_answer(401, {"error": "invalid_token"})
    report = run(QUICK, lab.target())
    passed = {name for name, verdict in verdicts(report).items() if verdict is Verdict.PASSED}
    for case in CASES:
        if 200 in case.expect.statuses:
            assert case.name not in passed
        if case.expect.layer in (Layer.WEB_ACL, Layer.ROUTE, Layer.AUTHORIZER, Layer.VALIDATION):
            assert case.name not in passed, "a refusal by an unnamed gate"
    assert report.exit_code is ExitCode.FAILED


def test_nobody_there_fails_every_case_and_passes_none(lab):
    target = lab.target()
    lab.gateway.close()
    lab.default.close()
    lab.backend.close()
    cases = [case for case in QUICK if Need.CONTROL not in case.needs]
    report = run(cases, target)
    assert Verdict.PASSED not in verdicts(report).values()


# --- kinds of action, each right once and wrong once ----------------------------------------------


def test_a_right_answer_passes_and_a_wrong_body_fails(lab):
    assert only(run([READ], lab.target())).verdict is Verdict.PASSED
    lab.gateway_reply = lambda _asked: json_answer(200, PETS[:2])
    assert only(run([READ], lab.target())).reason == "the body differs"


def test_a_right_status_from_the_wrong_gate_fails(lab):
    case = BY_NAME["blocked-address"]
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN, (LAYER, "web-acl"))
    assert only(run([case], lab.target())).verdict is Verdict.PASSED
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN)
    assert only(run([case], lab.target())).reason == "the layer is not named"
    lab.gateway_reply = lambda _asked: json_answer(403, FORBIDDEN, (LAYER, "authorizer"))
    assert only(run([case], lab.target())).reason == "the layer is authorizer"


def test_the_blocked_address_is_outside_and_the_others_are_inside(lab):
    run([BY_NAME["blocked-address"], READ], lab.target())
    assert [asked.source for asked in lab.gateway.asked] == ["127.0.1.1", "127.0.0.1"]


def test_each_caller_shows_its_own_certificate(lab):
    cases = [replace(READ, name=caller.name, caller=caller) for caller in Caller]
    cases = [case for case in cases if case.caller is not Caller.REVOKED]
    run(cases, lab.target())
    shown = [asked.certificate for asked in lab.gateway.asked]
    assert len(shown) == len(cases)
    assert len(set(shown)) == len(shown)


def test_a_resumed_session_is_judged_by_its_second_answer(lab, pki):
    answers = [json_answer(403, FORBIDDEN), json_answer(200, PETS)]
    case = replace(
        READ,
        action=Resumed(call=Call()),
        expect=Expect(layer=Layer.TRUSTSTORE, statuses=(403,), body=FORBIDDEN),
    )
    # Without asking for certificates the lab's server resumes sessions.
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    result = only(run([case], lab.target()))
    assert (result.verdict, result.reason) == (Verdict.FAILED, "the status differs")
    assert "(resumed)" in result.seen


def rate_limited(limit, blocked=()):
    """A gateway that lets ``limit`` calls of an address through."""
    counts = {}

    def reply(asked):
        counts[asked.source] = counts.get(asked.source, 0) + 1
        if counts[asked.source] > limit or asked.source in blocked:
            return json_answer(403, FORBIDDEN, (LAYER, "web-acl"))
        return json_answer(200, {"keys": []})

    return reply


def test_a_rate_limit_that_holds_passes(lab):
    lab.gateway_reply = rate_limited(20)
    result = only(run(RATE, lab.target()))
    assert result.verdict is Verdict.PASSED
    assert result.seen.startswith("20 passed, then 403")
    assert {asked.source for asked in lab.gateway.asked} == {"127.0.0.200"}


def test_a_rate_limit_that_never_blocks_fails(lab):
    lab.gateway_reply = rate_limited(10_000)
    assert only(run(RATE, lab.target())).reason == "the status differs"


def test_a_rate_limit_that_blocks_too_early_fails(lab):
    lab.gateway_reply = rate_limited(5)
    assert "before the limit of 20" in only(run(RATE, lab.target())).reason


def test_a_second_run_floods_from_the_next_address(lab):
    lab.gateway_reply = rate_limited(20, blocked={"127.0.0.200", "127.0.0.201"})
    assert only(run(RATE, lab.target())).verdict is Verdict.PASSED
    assert lab.gateway.asked[-1].source == "127.0.0.202"


def test_a_gateway_that_blocks_everybody_has_no_rate_limit(lab):
    lab.gateway_reply = rate_limited(0)
    assert "no address could start" in only(run(RATE, lab.target())).reason


def test_a_call_is_killed_while_it_is_under_way(lab):
    """The reply waits for the kill, so a runner that kills too late would wait for ever."""
    killed = threading.Event()

    def reply(_asked):
        while not killed.wait(0.02):
            if "kill-authorizer" in lab.control.commands:
                killed.set()
        return json_answer(500, {"message": None}, (LAYER, "authorizer"))

    lab.gateway_reply = reply
    assert only(run([BY_NAME["authorizer-killed"]], lab.target())).verdict is Verdict.PASSED
    assert lab.control.commands == ["pause-authorizer", "kill-authorizer"]


def test_a_stack_that_mends_itself_in_time_passes(lab):
    answers = [json_answer(500, {"message": None}), json_answer(200, PETS)]
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    case = replace(READ, action=Recovering(call=Call()))
    assert only(run([case], lab.target())).verdict is Verdict.PASSED


def test_a_stack_that_stays_broken_fails_after_a_bounded_time(lab):
    lab.gateway_reply = lambda _asked: json_answer(500, {"message": None})
    case = replace(READ, action=Recovering(call=Call(), seconds=0.3))
    assert only(run([case], lab.target())).verdict is Verdict.FAILED


def test_what_a_case_breaks_is_mended_even_when_it_cannot_be_carried_out(lab):
    case = replace(READ, breaks=(Command.PAUSE_AUTHORIZER,), mends=(Command.RESUME_AUTHORIZER,))
    lab.gateway_reply = lambda _asked: None
    assert only(run([case], lab.target())).verdict is Verdict.FAILED
    assert lab.control.commands == ["pause-authorizer", "resume-authorizer"]


def test_a_part_that_the_next_case_breaks_again_stays_broken_in_between(lab):
    down = replace(READ, breaks=(Command.STOP_BACKEND,), mends=(Command.START_BACKEND,))
    revoked = BY_NAME["revoked"]  # skipped, so it does not count as the next one
    run([down, revoked, down, READ, down], lab.target())
    assert lab.control.commands == ["stop-backend", "start-backend"] * 2


def test_a_part_that_is_broken_in_passing_is_broken_each_time(lab):
    case = replace(
        READ,
        breaks=(Command.STOP_KMS, Command.KILL_AUTHORIZER),
        mends=(Command.START_KMS,),
    )
    run([case, case], lab.target())
    assert lab.control.commands == [
        *("stop-kms", "kill-authorizer"),
        *("kill-authorizer", "start-kms"),
    ]


def test_a_call_that_is_repeated_must_be_right_every_time(lab):
    answers = [json_answer(200, PETS), json_answer(500, {"message": None})]
    lab.gateway_reply = lambda _asked: answers[min(len(lab.gateway.asked), 2) - 1]
    result = only(run([replace(READ, action=Repeated(call=Call(), times=2))], lab.target()))
    assert result.verdict is Verdict.FAILED
    assert result.seen.startswith("call 2 of 2: 500")


def test_a_laptop_that_cannot_break_a_part_fails_the_case_and_not_the_run(lab):
    lab.control.answer = {"ok": False, "error": "no such part"}
    case = replace(READ, breaks=(Command.STOP_KMS,), mends=(Command.START_KMS,))
    report = run([case, READ], lab.target())
    assert [result.verdict for result in report.results] == [Verdict.FAILED, Verdict.PASSED]
    assert "no such part" in report.results[0].reason


@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_bad_backend_stands_where_the_real_one_stood(lab, behaviour):
    """The lab's gateway passes the call on by hand and reports what the backend did."""
    lab.gateway_reply = lambda _asked: json_answer(200, {"backend": relay(lab, "GET", "/", [])[0]})
    seen = {Behaviour.SILENT: "Silent", Behaviour.GARBAGE: "Malformed"}.get(behaviour, "Malformed")
    case = replace(
        READ,
        action=BadBackend(behaviour=behaviour, call=Call()),
        breaks=(Command.STOP_BACKEND,),
        mends=(Command.START_BACKEND,),
        expect=Expect(layer=Layer.INTEGRATION, statuses=(200,), body={"backend": seen}),
    )
    result = only(run([case], lab.target()))
    assert result.verdict is Verdict.PASSED, result
    assert lab.control.commands == ["stop-backend", "start-backend"]
    assert relay(lab, "GET", "/", [])[0] == 200


def test_a_backend_that_was_not_stopped_fails_the_case(lab):
    lab.control._act = lambda _command: None
    case = replace(READ, action=BadBackend(behaviour=Behaviour.GARBAGE, call=Call()))
    result = only(run([case], lab.target()))
    assert result.verdict is Verdict.FAILED
    assert "cannot stand in for the backend" in result.reason


def test_needs_that_are_not_met_skip_with_their_reason(lab):
    target = replace(lab.target(), control=None)
    result = only(run([BY_NAME["backend-down"]], target))
    assert (result.verdict, result.reason) == (Verdict.SKIPPED, Need.CONTROL)
    assert run([BY_NAME["backend-down"]], target).exit_code is ExitCode.FAILED


def test_progress_is_told_of_every_result(lab):
    told = []
    run([READ, BY_NAME["revoked"]], lab.target(), told.append)
    assert [result.case.name for result in told] == ["read", "revoked"]


def test_certificate_files_that_are_none_are_misuse(lab, tmp_path):
    (tmp_path / "empty.pem").write_text("")
    target = lab.target()
    client = replace(target.clients["pet-shop"], certificate=tmp_path / "empty.pem")
    target = replace(target, clients={**target.clients, "pet-shop": client})
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


# --- what arrives, and the backend's own cases, against the real PetStore -------------------------


def relay(lab, method, path, headers, body=b""):
    """Pass a request on to whatever listens in the backend's place."""
    peer = wire.Peer(host="127.0.0.1", port=lab.backend.port, address="127.0.0.1", is_tls=False)
    connection = wire.Connection(peer=peer, seconds=1.0)
    request = wire.request_bytes(method, path, [("Connection", "close"), *headers], body)
    outcome = wire.Wire().call(connection, request).outcome
    if not isinstance(outcome, wire.Answer):
        return type(outcome).__name__, (), b""
    return outcome.status, outcome.headers, outcome.body


def minting_gateway(lab, *, spoil=lambda headers: headers):
    """What the mapping does, in a few lines: the certificate's own token and thumbprint."""
    target = lab.target()

    def reply(asked):
        certificate = x509.load_der_x509_certificate(asked.certificate)
        thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256()))
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        client_id = san.get_values_for_type(x509.UniformResourceIdentifier)[0].rsplit("/", 1)[1]
        forger = Forger(
            public=PublicKey.read(target.jwks),
            issuer=target.issuer,
            audience=target.audience,
            thumbprint=thumbprint.rstrip(b"=").decode(),
            client_id=client_id,
            signing_key=target.kms,
        )
        claims = forger._claims()
        if client_id == "pet-viewer":
            claims["scope"] = "pets:read"
        header = {"alg": "ES256", "typ": "at+jwt", "kid": forger.public.key_id}
        token = compact(header, claims, forger._sign_with_real_key)
        request_id = str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Client-Certificate-Thumbprint": forger.thumbprint,
            "X-Request-Id": request_id,
            "X-Forwarded-For": asked.source,
            "X-Forwarded-Proto": "https",
            "Host": "backend",
        }
        status, _, body = relay(
            lab, asked.method, asked.path, list(spoil(headers).items()), asked.body
        )
        if not isinstance(status, int):
            return json_answer(504, {"message": status}, (LAYER, "integration"))
        return http(status, body, ("x-amzn-RequestId", request_id))

    return reply


class PetStore:
    """The real backend as a process, startable again on the same port."""

    def __init__(self, lab):
        self.lab, self.port, self.process = lab, 0, None
        self.start()

    def start(self):
        arguments = ["--jwks", str(self.lab.folder / "jwks.json"), "--issuer", "https://localhost"]
        arguments += ["--audience", "petstore", "--record", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portcullis.petstore", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        announced = json.loads(self.process.stdout.readline())
        self.port = int(announced["backend"].rpartition(":")[2])

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def act(self, command):
        if command == "stop-backend":
            self.close()
        if command == "start-backend":
            self.start()


@pytest.fixture
def petstore(lab):
    """The lab with the real PetStore behind it."""
    lab.backend.close()
    lab.servers.remove(lab.backend)
    lab.backend = PetStore(lab)
    lab.control._act = lab.backend.act
    yield lab
    lab.backend.close()


def test_the_petstore_passes_every_case_about_the_backend(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    report = run((*BACKEND, *HEADERS), petstore.target())
    wrong = [
        (r.case.name, r.seen, r.reason) for r in report.results if r.verdict is not Verdict.PASSED
    ]
    assert wrong == []
    # One capture serves all cases, and the backend is running again.
    assert petstore.backend.lab.control.commands == ["stop-backend", "start-backend"]


SPOILED = {
    "the caller's header survives": lambda h: h | {"X-Copy": "forged"},
    "another thumbprint": lambda h: h | {"X-Client-Certificate-Thumbprint": "x"},
    "no thumbprint": lambda h: {k: v for k, v in h.items() if "Thumbprint" not in k},
    "no token": lambda h: {k: v for k, v in h.items() if k != "Authorization"},
    "two tokens": lambda h: h | {"authorization": h["Authorization"]},
    "another request id": lambda h: h | {"X-Request-Id": "forged"},
    "another origin": lambda h: h | {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"},
    "another protocol": lambda h: h | {"X-Forwarded-Proto": "http"},
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_mapping_that_is_wrong_in_one_way_is_noticed(lab, spoil):
    """The backend here accepts everything, so only what arrived can give it away."""
    kept = []

    def backend(asked):
        if asked.path.startswith("/_arrived/"):
            return json_answer(200, {"arrived": kept[-1:]})
        lines = [line.split(": ", 1) for line in asked.head.split("\r\n")[1:]]
        kept.append({"headers": lines})
        return json_answer(200, PETS)

    lab.backend_reply = backend
    case = replace(READ, arrives=True, forged=("forged",))
    lab.gateway_reply = minting_gateway(lab)
    assert only(run([case], lab.target())).verdict is Verdict.PASSED
    lab.gateway_reply = minting_gateway(lab, spoil=spoil)
    assert only(run([case], lab.target())).verdict is Verdict.FAILED


def test_tokens_of_two_clients_that_are_mixed_up_are_noticed(petstore):
    """A cache without the certificate in its key: everybody gets the first caller's answer."""
    first = {}

    def cached(headers):
        own = dict(headers)
        token = first.setdefault("token", own["Authorization"])
        thumbprint = first.setdefault("thumbprint", own["X-Client-Certificate-Thumbprint"])
        return own | {"Authorization": token, "X-Client-Certificate-Thumbprint": thumbprint}

    case = replace(READ, action=Interleaved(call=Call(), rounds=3))
    petstore.gateway_reply = minting_gateway(petstore)
    assert only(run([case], petstore.target())).verdict is Verdict.PASSED
    petstore.gateway_reply = minting_gateway(petstore, spoil=cached)
    result = only(run([case], petstore.target()))
    assert result.verdict is Verdict.FAILED
    assert "is not the caller's" in result.reason


def test_no_report_holds_a_token(petstore):
    petstore.gateway_reply = minting_gateway(petstore)
    text = json.dumps(run(BACKEND, petstore.target()).to_json())
    assert "eyJ" not in text
