"""Reads HTTP/1.1 answers from a stream within a deadline and a size limit."""

import socket
import time
from dataclasses import replace

from portcullis.acceptance.wire.connection import words_of
from portcullis.acceptance.wire.outcome import Answer, Malformed, Moment, Outcome, Refused, Silent

QUIET_SECONDS = 1.0  # a connection that stays silent for so long sends no further answer
MAX_ANSWER_BYTES = 1024 * 1024


class _NotHttpError(Exception):
    pass


class AnswerReader:
    """Reads answers from a stream within a deadline and a size."""

    def __init__(self, stream: socket.socket, deadline: float, *, is_head: bool = False) -> None:
        self._stream = stream
        self._is_head = is_head  # answers to HEAD have no body, whatever their headers say
        self._deadline = deadline
        self._buffer = b""
        self._received = 0
        self._ended: str | None = None

    def answer(self) -> Outcome:
        started = time.monotonic()
        try:
            head = self._head()
            while head is not None and head.status < 200:  # noqa: PLR2004 - interim answers
                head = self._head()
            if head is None:
                return Refused(moment=Moment.REQUEST, words=self._ended or "connection closed")
            return replace(head, body=self._body(head))
        except TimeoutError:
            return Silent(seconds=round(time.monotonic() - started, 1))
        except _NotHttpError as error:
            return Malformed(words=str(error))

    def further_answers(self) -> int:
        """How many answers follow until the connection ends or stays quiet."""
        count = 0
        while True:
            self._deadline = time.monotonic() + QUIET_SECONDS
            try:
                head = self._head()
                if head is None:
                    return count
                count += 1
                self._body(head)
            except TimeoutError:
                return count + bool(self._buffer)
            except _NotHttpError:
                return count + 1

    def _head(self) -> Answer | None:
        """The next answer without its body; None at the end of the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                if self._buffer:
                    raise _NotHttpError(f"{len(self._buffer)} bytes that are not an HTTP answer")
                return None
            if not b"HTTP/".startswith(self._buffer[:5]):
                raise _NotHttpError("bytes that are not an HTTP answer")
        text, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = text.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[1].isdigit() or len(words[1]) != 3:  # noqa: PLR2004
            raise _NotHttpError("an invalid status line")
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name, value.strip()) for name, _, value in pairs)
        return Answer(status=int(words[1]), headers=headers, body=b"")

    def _body(self, head: Answer) -> bytes:
        if self._is_head or head.status in (204, 304):
            return b""
        if (_first(head, "transfer-encoding") or "").lower() == "chunked":
            return self._chunks()
        length = _first(head, "content-length")
        if length is None:
            while self._more():
                pass
            body, self._buffer = self._buffer, b""
            return body
        if not length.isdigit():
            raise _NotHttpError("a Content-Length that is not a number")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._buffer:
                self._need_more()
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            try:
                length = int(size.split(b";")[0], 16)
            except ValueError:
                raise _NotHttpError("a chunk size that is not a number") from None
            body += self._exactly(length)
            self._exactly(2)
            if length == 0:
                return body

    def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            self._need_more()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _need_more(self) -> None:
        if not self._more():
            raise _NotHttpError("an answer that was cut off")

    def _more(self) -> bool:
        """Read on; False at the end of the connection, however it ended."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._stream.settimeout(left)
        try:
            data = self._stream.recv(65536)
        except TimeoutError:
            raise
        except OSError as error:
            self._ended = words_of(error)
            return False
        self._received += len(data)
        if self._received > MAX_ANSWER_BYTES:
            raise _NotHttpError(f"more than {MAX_ANSWER_BYTES} bytes")
        self._buffer += data
        return bool(data)


def _first(head: Answer, name: str) -> str | None:
    return next((value for key, value in head.headers if key.lower() == name), None)
