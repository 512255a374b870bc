"""Breaks and repairs parts of the running laptop: JSON lines over its control socket."""

import json
import socket
from pathlib import Path
from typing import Any

from portcullis.acceptance.errors import ControlError

ANSWER_SECONDS = 180.0  # a part that starts again has to be healthy before the answer
MAX_LINE_BYTES = 1024 * 1024


class Control:
    """The control socket of one laptop."""

    def __init__(self, path: Path, *, seconds: float = ANSWER_SECONDS) -> None:
        self.path = path
        self._seconds = seconds

    def ask(self, command: str, **fields: str) -> dict[str, Any]:
        """Carry out one command with these fields, and return its answer once it is done.

        Raises:
            ControlError: the laptop has stopped, is too slow, or refuses.
        """
        try:
            answer = self._ask(json.dumps({"do": command, **fields}).encode() + b"\n")
        except OSError as error:
            raise ControlError(command, (error.strerror or str(error)).lower()) from None
        try:
            parsed = json.loads(answer)
            is_done = parsed["ok"] is True
        except (ValueError, KeyError, TypeError):
            raise ControlError(command, "its answer is not JSON with the member ok") from None
        if not is_done:
            raise ControlError(command, str(parsed.get("error", "it gave no reason"))[:500])
        found: dict[str, Any] = parsed
        return found

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
