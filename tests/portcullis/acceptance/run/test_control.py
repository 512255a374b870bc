"""The control client: done, refused, gone, silent."""

import pytest

from portcullis.acceptance.errors import ControlError
from portcullis.acceptance.matrix.control_command import ControlCommand
from portcullis.acceptance.run.control import Control
from tests.portcullis.acceptance.lab import ControlServer


@pytest.fixture
def server(tmp_path):
    server = ControlServer(tmp_path / "control.sock", lambda _command: None)
    yield server
    server.close()


@pytest.fixture
def control(tmp_path):
    return Control(tmp_path / "control.sock", seconds=60.0)


@pytest.mark.parametrize("command", ControlCommand)
def test_a_command_is_sent_by_its_name(server, control, command):
    control.ask(command)
    assert server.commands == [command.value]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"ok": False, "error": "no such part"}, "no such part"),
        ({"ok": False}, "it gave no reason"),
        ({"ok": "true"}, "it gave no reason"),
        ({}, "not JSON with the member ok"),
        ([], "not JSON with the member ok"),
        (b"not json\n", "not JSON with the member ok"),
        (b"", "not JSON with the member ok"),
        (b"a" * 100_000, "not JSON with the member ok"),
    ],
)
def test_anything_but_ok_is_an_error(server, control, answer, problem):
    server.answer = answer
    with pytest.raises(ControlError, match=problem) as caught:
        control.ask(ControlCommand.STOP_KMS)
    assert "'stop-kms'" in str(caught.value)
    assert "portcullis up" in str(caught.value)


def test_a_laptop_that_is_gone_is_an_error(control):
    with pytest.raises(ControlError, match="no such file"):
        control.ask(ControlCommand.STOP_KMS)


def test_a_laptop_that_does_not_answer_is_an_error(server, tmp_path):
    server.answer = b"no end of line"
    server._act = lambda _command: server._stop.wait()
    with pytest.raises(ControlError, match="timed out"):
        Control(tmp_path / "control.sock", seconds=0.1).ask(ControlCommand.STOP_KMS)
