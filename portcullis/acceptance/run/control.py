"""Break a part of the running laptop, and mend it: one line of JSON each way over a Unix socket."""

import json
import socket
from enum import StrEnum
from pathlib import Path

from portcullis.acceptance.errors import ControlError

ANSWER_SECONDS = 20.0  # a part that starts again has to be healthy before the answer
MAX_LINE_BYTES = 65536


class Command(StrEnum):
    """What the control socket of a laptop must understand."""

    KILL_AUTHORIZER = "kill-authorizer"
    PAUSE_AUTHORIZER = "pause-authorizer"
    RESUME_AUTHORIZER = "resume-authorizer"
    STOP_BACKEND = "stop-backend"
    START_BACKEND = "start-backend"
    STOP_KMS = "stop-kms"
    START_KMS = "start-kms"


MENDED_BY = {
    Command.RESUME_AUTHORIZER: Command.PAUSE_AUTHORIZER,
    Command.START_BACKEND: Command.STOP_BACKEND,
    Command.START_KMS: Command.STOP_KMS,
}  # what each of these undoes


class Control:
    """The control socket of one laptop."""

    def __init__(self, path: Path, *, seconds: float = ANSWER_SECONDS) -> None:
        self.path = path
        self._seconds = seconds

    def do(self, command: Command) -> None:
        """Carry out one command and wait until it is done.

        Raises:
            ControlError: the laptop is gone, too slow, or says no.
        """
        try:
            answer = self._ask(json.dumps({"do": command}).encode() + b"\n")
        except OSError as error:
            raise ControlError(command, (error.strerror or str(error)).lower()) from None
        try:
            told = json.loads(answer)
            is_done = told["ok"] is True
        except (ValueError, KeyError, TypeError):
            raise ControlError(command, "its answer is no JSON with ok in it") from None
        if not is_done:
            raise ControlError(command, str(told.get("error", "it gave no reason"))[:500])

    def _ask(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.settimeout(self._seconds)
            stream.connect(str(self.path))
            stream.sendall(line)
            answer = b""
            while not answer.endswith(b"\n") and len(answer) < MAX_LINE_BYTES:
                data = stream.recv(4096)
                if not data:
                    break
                answer += data
            return answer
