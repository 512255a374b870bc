"""The matrix listens on the address of the stopped backend."""

from dataclasses import replace

import pytest

from portcullis.acceptance.matrix.action import (
    BadBackend,
    Behaviour,
)
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.matrix.expectation import Expect
from portcullis.acceptance.matrix.gate import Gate
from portcullis.acceptance.report import CaseVerdict
from portcullis.acceptance.run.runner import run
from tests.portcullis.acceptance.lab import json_answer
from tests.portcullis.acceptance.run.known import READ, REQUEST, only
from tests.portcullis.acceptance.run.minting import relay


@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_bad_backend_stands_where_the_real_one_stood(lab, behaviour):
    """The lab's gateway passes the call on by hand and reports what the backend did."""
    lab.gateway_reply = lambda _asked: json_answer(200, {"backend": relay(lab, "GET", "/", [])[0]})
    seen = {Behaviour.SILENT: "Silent", Behaviour.GARBAGE: "Malformed"}.get(behaviour, "Malformed")
    case = replace(
        READ,
        action=BadBackend(behaviour=behaviour, request=REQUEST),
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
    case = replace(READ, action=BadBackend(behaviour=Behaviour.GARBAGE, request=REQUEST))
    result = only(run([case], lab.target()))
    assert result.verdict is CaseVerdict.FAILED
    assert "cannot listen in place of the backend" in result.reason
