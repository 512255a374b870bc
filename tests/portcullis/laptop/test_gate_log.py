"""The line that names the gate: one line whatever a client sends, and no whole token in it."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from portcullis.gateway.edge.http_protocol import Refusal
from portcullis.gateway.exchange import Endpoint, Exchange, Layer, Request, Response, TlsPeer
from portcullis.laptop.gate_log import GateLog, gate_line, refusal_line, screen_line


def exchange(path):
    tls = TlsPeer(version="TLSv1.3", cipher="x", server_name="a", client_certificate_pem=None)
    request = Request(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        source_ip="127.0.0.1",
        source_port=1,
        http_version="HTTP/1.1",
        method="GET",
        target=path,
        path=path,
        query="",
        headers=(("Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"),),
        body=b"",
        tls=tls,
        received_at=1.5,
    )
    return Exchange(request=request, request_id="r", extended_request_id="x")


RESPONSE = Response(status=403, headers=(), body=b"", layer=Layer.AUTHORIZER, reason="expired")


def answered(log, call):
    async def main():
        log.answered(call, RESPONSE)

    asyncio.run(main())


def test_a_line_names_the_gate_and_its_reason():
    line = json.loads(gate_line(exchange("/pets"), RESPONSE))
    assert (line["gate"], line["reason"], line["status"]) == ("authorizer", "expired", 403)
    assert line["path"] == "/pets"


@pytest.mark.parametrize("prefix", ["/pets/", "/", "/a?b="])
def test_a_token_in_the_path_loses_its_signature(prefix):
    line = gate_line(exchange(f"{prefix}eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.U0VDUkVU/x"), RESPONSE)
    assert "U0VDUkVU" not in line
    assert json.loads(line)["path"].endswith("[signature cut]/x")


def test_a_line_break_is_escaped():
    assert "\n" not in gate_line(exchange("/a\n\u2028{}"), RESPONSE)


def test_a_line_is_json_whatever_its_values_hold():
    made = exchange('/"\\\x00\x7fé\ud800')
    made.timings_ms = {"web-acl": 0.12345, "total": 2.0}
    line = gate_line(made, replace(RESPONSE, reason='a "quoted"\nreason'))
    assert json.loads(line) == {
        "requestId": "r",
        "connectionId": "",
        "time": 1.5,
        "endpoint": "custom-domain",
        "sourceIp": "127.0.0.1",
        "method": "GET",
        "path": made.request.path,
        "status": 403,
        "gate": "authorizer",
        "reason": 'a "quoted"\nreason',
        "timingsMs": {"web-acl": 0.123, "total": 2.0},
    }


def test_without_a_screen_only_the_file_gets_the_calls(tmp_path):
    log = GateLog(tmp_path / "gates.jsonl", None)
    answered(log, exchange("/orders"))
    log.close()
    assert len((tmp_path / "gates.jsonl").read_text().splitlines()) == 1


def test_a_failed_handshake_is_logged_as_the_tls_gate():
    refusal = Refusal(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        connection_id="c1",
        refused_at=1.5,
        source_ip="127.0.0.1",
        server_name="a",
        status=None,
        reason="no certificate",
    )
    line = json.loads(refusal_line(refusal))
    assert (line["gate"], line["time"], line["connectionId"]) == ("tls", 1.5, "c1")
    assert "requestId" not in line
    line = json.loads(refusal_line(replace(refusal, status=400, request_id="r1")))
    assert (line["gate"], line["requestId"]) == ("front", "r1")


def test_a_line_for_the_screen_has_status_gate_client_and_time():
    shown = exchange("/orders")
    shown.context["authorizer.clientId"] = "depot"
    shown.timings_ms["total"] = 12.4
    line = screen_line(shown, replace(RESPONSE, status=403, reason="missing_scope"))
    assert line.split() == [
        *("403", str(RESPONSE.layer), "depot", shown.request.method, "/orders"),
        *("12", "ms", "missing_scope"),
    ]


def test_a_path_cannot_move_the_cursor_of_a_terminal():
    line = screen_line(exchange("/\x1b[2J\r\n\u202e" + "x" * 500), RESPONSE)
    assert line.isprintable()
    assert line.isascii()
    assert len(line) < 200


def test_the_file_and_the_screen_get_the_same_calls(tmp_path):
    shown = []
    log = GateLog(tmp_path / "gates.jsonl", shown.append)
    answered(log, exchange("/orders"))
    log.refused(
        Refusal(
            endpoint=Endpoint.CUSTOM_DOMAIN,
            connection_id="c1",
            source_ip="127.0.0.1",
            server_name="a",
            status=None,
            reason="no certificate",
        )
    )
    log.close()
    assert len((tmp_path / "gates.jsonl").read_text().splitlines()) == len(shown) == 2
    assert shown[1].split() == ["none", "tls", "no", "certificate"]


def test_an_observer_gets_every_call_and_every_refusal(tmp_path):
    seen = []
    observer = SimpleNamespace(answered=lambda *call: seen.append(call), refused=seen.append)
    log = GateLog(tmp_path / "gates.jsonl", lambda _line: None, observer)
    call = exchange("/pets")
    refusal = Refusal(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        connection_id="c",
        source_ip="127.0.0.1",
        server_name=None,
        status=None,
        reason="no certificate",
    )
    answered(log, call)
    log.refused(refusal)
    log.close()
    assert seen == [(call, RESPONSE), refusal]
