"""A journal of the writes to KMS and DynamoDB, which a restarted emulator replays.

On AWS an outage loses nothing: the key signs again, and a suspended client stays suspended. The
emulator holds its state in its process. So each write that it accepted is noted before the answer
is sent, and a new process repeats the notes in their order. Why:
docs/decisions/0006-the-emulator-remembers.md.
"""

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wsgi import get_input_stream

from portcullis.errors import PortcullisError
from portcullis.gateway.emulator.keys import generated_parts, with_generated_parts

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]  # PEP 3333

# X-Amz-Target names the service as AWS's own models do.
SERVICES = ("TrentService", "DynamoDB_20120810")  # KMS, DynamoDB
CREATE_KEY = "TrentService.CreateKey"
# Name prefixes of calls that change nothing. Any other call may be a write.
READS = (
    *("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet"),
    *("Decrypt", "Encrypt", "Generate", "ReEncrypt", "Sign", "Verify"),
)
_ACCEPTED = "200 OK"
_HEADERS = ("Authorization", "Content-Type", "X-Amz-Target")  # the first one names the region
_TEXT = "latin-1"  # a character for every byte


class ReplayError(PortcullisError):
    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The state of KMS and DynamoDB cannot be restored: {reason}. They stay down, and new "
            "callers are refused. End `portcullis up` and start it again; it fills the table from "
            "the clients file, so first repeat in that file what was changed in the table alone."
        )


class Journal:
    """WSGI middleware in front of the emulator; ``notes`` is a file that outlives the process."""

    def __init__(self, emulator: Application, notes: int) -> None:
        self._emulator = emulator
        self._notes = notes
        self._end = 0
        self._lock = Lock()  # writes are noted in the order in which they were accepted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not _may_write(target):
            return self._emulator(environ, start_response)
        body = get_input_stream(environ).read()
        with self._lock:
            status, headers, answer = self._ask({**environ, "wsgi.input": io.BytesIO(body)})
            if status == _ACCEPTED:  # a refused write has changed nothing
                key = generated_parts(answer) if target == CREATE_KEY else None
                self._note(environ, body, key)
        start_response(status, headers)
        return [answer]

    def replay(self) -> int:
        """Repeat every note to an empty emulator; returns their number.

        Raises:
            ReplayError: a note cannot be read, or the emulator refuses it.
        """
        written = os.pread(self._notes, os.fstat(self._notes).st_size, 0)
        # A line without an end was being written when the process ended: it was not answered.
        self._end = written.rfind(b"\n") + 1
        os.ftruncate(self._notes, self._end)
        lines = written[: self._end].splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                self._repeat(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                reason = f"note {number} of {len(lines)}, {type(error).__name__}: {error}"
                raise ReplayError(reason) from error
        return len(lines)

    def _repeat(self, note: Mapping[str, Any]) -> None:
        call = EnvironBuilder(
            method="POST", headers=note["headers"], data=note["body"].encode(_TEXT)
        )
        with with_generated_parts(note["key"]) if note["key"] else contextlib.nullcontext():
            status, _, _ = self._ask(call.get_environ())
        if status != _ACCEPTED:
            raise ValueError(f"{note['headers']['X-Amz-Target']} is answered with {status}")

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        body, status, headers = run_wsgi_app(self._emulator, environ, buffered=True)
        return status, headers.to_wsgi_list(), b"".join(body)

    def _note(self, environ: Mapping[str, Any], body: bytes, key: dict[str, str] | None) -> None:
        headers = {name: _header(environ, name) for name in _HEADERS}
        note = {"headers": headers, "body": body.decode(_TEXT), "key": key}
        rest, end = json.dumps(note).encode() + b"\n", self._end
        while rest:
            written = os.pwrite(self._notes, rest, end)
            rest, end = rest[written:], end + written
        self._end = end


def _may_write(target: str) -> bool:
    service, _, name = target.partition(".")
    return service in SERVICES and not name.startswith(READS)


def _header(environ: Mapping[str, Any], name: str) -> str:
    cgi = name.upper().replace("-", "_")
    return str(environ.get(cgi if name == "Content-Type" else f"HTTP_{cgi}", ""))
