"""The matrix listens on the address of the stopped backend."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import Behaviour, CaseAction
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.borrowed_backend import BorrowedBackend
from portcullis.acceptance.run.runner import run
from portcullis.acceptance.wire.client import Wire, request_bytes
from portcullis.acceptance.wire.connection import Connection, Peer
from portcullis.acceptance.wire.outcome import Malformed, Silent, Unreachable
from portcullis.errors import PortcullisError
from tests.portcullis.acceptance.lab import json_answer
from tests.portcullis.acceptance.run.known import READ, only
from tests.portcullis.acceptance.run.minting import relay


@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_bad_backend_listens_on_the_real_ones_address(lab, behaviour):
    """The lab's gateway passes the call on by hand and reports what the backend did."""
    seconds = 1.0 if behaviour is Behaviour.SILENT else 20.0

    def passed_on(_asked):
        return json_answer(200, {"backend": relay(lab, "GET", "/", [], seconds=seconds)[0]})

    lab.gateway_reply = passed_on
    seen = {Behaviour.SILENT: "Silent", Behaviour.GARBAGE: "Malformed"}.get(behaviour, "Malformed")
    case = replace(
        READ,
        action=CaseAction.BAD_BACKEND,
        behaviour=behaviour,
        breaks=(ControlCommand.STOP_BACKEND,),
        mends=(ControlCommand.START_BACKEND,),
        expect=Expect(gate=Gate.INTEGRATION, statuses=(200,), body={"backend": seen}),
    )
    result = only(run([case], lab.target()))
    assert result.verdict is CaseVerdict.PASSED, result
    assert lab.control.commands == ["stop-backend", "start-backend"]
    assert relay(lab, "GET", "/", [])[0] == 200


def test_a_backend_that_was_not_stopped_fails_the_case(lab):
    lab.control._act = lambda _command: None
    case = replace(READ, action=CaseAction.BAD_BACKEND, behaviour=Behaviour.GARBAGE)
    result = only(run([case], lab.target()))
    assert result.verdict is CaseVerdict.FAILED
    assert "cannot listen in place of the backend" in result.reason


@pytest.fixture
def peer(serve):
    """An address on which no server listens."""
    server = serve(lambda _asked: None)
    server.close()
    return Peer(host="127.0.0.1", port=server.port, address="127.0.0.1", is_tls=False)


def ask(peer, *, seconds=60.0):
    request = request_bytes("GET", "/pets", [])
    return Wire().call(Connection(peer=peer, seconds=seconds), request).outcome


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour.SILENT, Silent), (Behaviour.GARBAGE, Malformed), (Behaviour.CUT_SHORT, Malformed)],
)
def test_each_misbehaviour_is_what_its_name_says(peer, behaviour, outcome):
    with BorrowedBackend(peer, behaviour):
        seconds = 0.5 if outcome is Silent else 60.0
        assert isinstance(ask(peer, seconds=seconds), outcome)
    assert isinstance(ask(peer), Unreachable)


def test_a_port_in_use_is_an_error(peer):
    with (
        BorrowedBackend(peer, Behaviour.SILENT),
        pytest.raises(PortcullisError, match="already in use"),
    ):
        BorrowedBackend(peer, Behaviour.SILENT).__enter__()
