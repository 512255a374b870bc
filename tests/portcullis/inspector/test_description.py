"""Everything that leaves the process about a call: the cause and the fix, and no secret."""

import asyncio
import json

import pytest

from portcullis.gateway.exchange import Layer
from tests.portcullis.inspector.inspected import SIGNATURE, TOKEN, allowed, answer
from tests.portcullis.inspector.sample_calls import sample


def described(watched, *call, **changes):
    asyncio.run(watched.call(*call, **changes))
    return watched.last()


def test_a_refusal_has_the_cause_and_the_fix_that_explain_gives(watched):
    watched.laptop.functions.answer = answer("Deny", reason="suspended", clientId="pet-hotel")
    call = described(watched)
    assert (call["status"], call["gate"], call["reason"]) == (403, Layer.AUTHORIZER, "suspended")
    assert call["client"] == "pet-hotel"
    assert call["what"] == "The client pet-hotel is suspended."
    assert "portcullis clients resume pet-hotel" in call["fix"]
    assert call["responseBody"]


def test_the_missing_scope_comes_from_the_authorizers_log(watched, tmp_path):
    async def calling():
        await watched.call(method="POST", body=b"{}")

    asyncio.run(calling())
    request_id = watched.last()["requestId"]
    line = {"type": "portcullis.authorizer", "requestId": request_id, "requiredScope": "pets:write"}
    (tmp_path / "x-authorizer.log").write_text(f"START\n{json.dumps(line)}\n")
    call = watched.last()
    assert call["reason"] == "missing_scope"
    assert "needs the scope pets:write. It has pets:read" in call["what"]


def test_a_call_that_passed_has_no_cause(watched):
    call = described(watched)
    assert not call["isRefused"]
    assert "what" not in call
    assert call["responseBody"] is None


def test_a_failed_handshake_has_cause_and_fix(watched):
    watched.refuse("the client did not return a certificate")
    call = watched.last()
    assert (call["status"], call["gate"]) == (None, Layer.TLS)
    assert call["what"] == "The client sent no certificate."
    assert call["fix"]


def test_malformed_http_has_the_request_id_that_was_answered(watched):
    watched.refuse("there must be exactly one Host header", status=400)
    call = watched.last()
    assert (call["gate"], call["status"], call["requestId"]) == ("front", 400, "r9")
    assert "RFC 9112" in call["fix"]


def test_every_sample_call_can_be_described_as_json(watched):
    asyncio.run(sample(watched))
    for number, call in watched.recent.since(0, at_most=50):
        assert json.dumps(watched.descriptions.describe(number, call))


SECRETS = ("SECRET-COOKIE", "SECRET-KEY", "SECRET-BODY", "BODY-OF-THE-BACKEND", SIGNATURE)


@pytest.mark.parametrize("answering", [allowed(), answer("Deny", reason=TOKEN, clientId=TOKEN)])
def test_no_secret_of_a_call_leaves_the_process(watched, answering):
    watched.laptop.functions.answer = answering
    call = described(
        watched,
        f"/pets?q={TOKEN}&api_key=SECRET-KEY",
        headers=(
            ("Authorization", f"Bearer {TOKEN}"),
            ("Cookie", "s=SECRET-COOKIE"),
            ("X-Api-Key", "SECRET-KEY"),
            ("X-Other", TOKEN),
            ("Referer", "https://a.example/?code=SECRET-KEY"),
        ),
        body=b"SECRET-BODY",
    )
    text = json.dumps(call)
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("text", ["\udcff", "%ff%00", "é" * 9, "a" * 9000, "%", "{0}{client}"])
def test_hostile_text_can_be_described(watched, text):
    watched.laptop.functions.answer = answer("Deny", reason=text, clientId=text)
    assert json.dumps(described(watched, f"/pets?{text}={text}", headers=(("X-A", text),)))


def test_a_call_of_the_log_has_gate_cause_and_client(watched, tmp_path):
    gate = {"requestId": "r", "time": 1.5, "status": 403, "method": "GET",
            "path": f"/pets/{TOKEN}", "gate": "authorizer", "reason": "suspended",
            "timingsMs": {"total": 2.5}}  # fmt: skip
    access = {"requestId": "r", "clientId": "pet-hotel", "certificateThumbprint": "t"}
    (tmp_path / "gates.jsonl").write_text(json.dumps(gate) + "\n")
    (tmp_path / "access.jsonl").write_text(json.dumps(access) + "\n")
    (call,) = watched.descriptions.earlier()
    assert (call["isFromLog"], call["client"], call["ms"]) == (True, "pet-hotel", 2.5)
    assert call["what"] == "The client pet-hotel is suspended."
    assert call["certificate"]["thumbprint"] == "t"
    assert TOKEN not in json.dumps(call)
    verdicts = {row["gate"]: row["verdict"] for row in call["gates"]}
    assert (verdicts["authorizer"], verdicts["route"], verdicts["backend"]) == (
        "refused",
        "passed",
        "unreached",
    )
