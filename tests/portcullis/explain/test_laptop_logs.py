"""Calls of a laptop, from its logs."""

import json

import pytest

from portcullis.errors import PortcullisError
from portcullis.explain.laptop_logs import LaptopLogs, authorizer_line
from tests.portcullis.explain.lines import access, line

GATE = {
    "requestId": "r-1",
    "connectionId": "c-1",
    "time": 1795865833.4,
    "sourceIp": "127.0.0.1",
    "method": "POST",
    "path": "/orders",
    "status": 403,
    "gate": "authorizer",
    "reason": "missing_scope",
    "timingsMs": {"total": 2.5},
}
HANDSHAKE = {
    "connectionId": "c-2",
    "time": 1.0,
    "sourceIp": "127.0.0.1",
    "status": None,
    "gate": "tls",
    "reason": "peer did not return a certificate",
}


@pytest.fixture
def folder(tmp_path):
    def write(name, *lines):
        text = "".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines)
        (tmp_path / name).write_text(text)

    write("gates.jsonl", GATE, HANDSHAKE)
    write("access.jsonl", access())
    missing = line("missing_scope", requiredScope="orders:write", grantedScopes=["orders:read"])
    write("portcullis-local-authorizer.log", "START", missing, '{"broken')
    return tmp_path


def test_the_lines_of_a_call_are_joined(folder):
    refused, handshake = LaptopLogs(folder).calls()
    assert refused.ids == ("r-1", "QTtelE2RCu6g6bo=", "c-1")
    assert (refused.gate, refused.reason, refused.duration_ms) == (
        "authorizer",
        "missing_scope",
        2.5,
    )
    assert refused.facts["required"] == "orders:write"
    assert refused.facts["client"] == "depot"
    assert handshake.ids == ("", "c-2")
    assert handshake.status is None
    assert handshake.is_refused


def test_a_line_that_is_still_being_written_is_left_out(folder):
    path = folder / "gates.jsonl"
    path.write_text(path.read_text() + '{"requestId":"r-2","ga')
    assert len(LaptopLogs(folder).calls()) == 2


def test_the_gates_alone_are_enough(folder):
    for file in folder.iterdir():
        if file.name != "gates.jsonl":
            file.unlink()
    assert LaptopLogs(folder).calls()[0].reason == "missing_scope"


def test_without_a_log_the_next_command_is_named(tmp_path):
    with pytest.raises(PortcullisError, match="portcullis up"):
        LaptopLogs(tmp_path).calls()


def test_only_the_end_of_a_long_log_is_read(folder):
    end = len(json.dumps(HANDSHAKE)) + 10  # and the end of the line before, which is left out
    (call,) = LaptopLogs(folder, end_bytes=end).calls()
    assert call.time == HANDSHAKE["time"]


def test_the_authorizers_line_of_one_call_is_found(folder):
    assert authorizer_line(folder, "r-1")["requiredScope"] == "orders:write"
    assert authorizer_line(folder, "r-2") == {}
