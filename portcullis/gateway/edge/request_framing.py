"""Follows where the requests of a connection begin and end, and passes on what the parser may see.

The parser is a library's, and has read requests in ways that RFC 9112 does not allow: it took a
trailer for a header of the next request, and RTSP for HTTP. Here the bytes are framed before the
parser gets them: trailers are dropped, chunks are written anew, and a byte that no parser accepts
replaces what is malformed, so that its refusal is answered after earlier requests.

Sources: RFC 9112 sections 2.2, 3 and 7.1; RFC 9110 section 6.5.
"""

import re
from collections.abc import Callable

from portcullis.gateway.edge.http_request import (
    HEADER_LIMIT_BYTES,
    RequestRefusedError,
    framing,
    head_too_large,
)

CHUNK_LINE_LIMIT_BYTES = 1024  # a chunk's size and its extensions
REFUSED_BY_EVERY_PARSER = b"\x00\r\n"

_REQUEST_LINE = re.compile(rb"[^ \r\n]+ [^ \r\n]+ HTTP/([0-9])\.([0-9])")
_LINE_END = b"\r\n"
_HEAD_END = b"\r\n\r\n"
_FRAMING_FIELD = re.compile(
    rb"^(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r$",
    re.IGNORECASE | re.MULTILINE,
)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t -~\x80-\xff]*)?\r\n")
_CHUNK_LINE_BEGINNING = re.compile(rb"[0-9A-Fa-f]{1,16}(?:[ \t]*(?:;[\t -~\x80-\xff]*)?)?\r?")
_TRAILER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t -~\x80-\xff]*\r\n")
_REFUSED_TRAILERS = frozenset({b"content-length", b"transfer-encoding"})


class RequestFraming:
    """The framing of one connection's requests."""

    def __init__(self) -> None:
        self.refusal: RequestRefusedError | None = None  # nothing is passed on after it
        self._state: Callable[[bytes, list[bytes]], bytes] = self._head
        self._held = bytearray()  # of a head, a chunk's line or the trailers
        self._left = 0  # bytes of a body or chunk
        self._trailer_bytes = 0

    @property
    def is_in_body(self) -> bool:
        return self._state != self._head

    def feed(self, data: bytes) -> bytes:
        """The bytes for the parser; after a refusal they end with a byte that it refuses too."""
        if self.refusal is not None:
            return b""
        passed: list[bytes] = []
        try:
            while data:
                data = self._state(data, passed)
        except RequestRefusedError as refused:
            self.refusal = refused
            passed.append(REFUSED_BY_EVERY_PARSER)
        return b"".join(passed)

    def _head(self, data: bytes, passed: list[bytes]) -> bytes:
        held = self._held
        if not held:  # RFC 9112 2.2: empty lines before a request line are ignored
            data = data.lstrip(_LINE_END)
        before = len(held)
        known = bytes(held) + data if held else data
        end = known.find(_HEAD_END, max(0, before - len(_HEAD_END) + 1))
        head = known if end < 0 else known[: end + len(_HEAD_END)]
        _check_head(head)
        used = len(head) - before
        passed.append(data[:used])
        if end < 0:
            held += data
        else:
            held.clear()
            self._begin_body(head)
        return data[used:]

    def _begin_body(self, head: bytes) -> None:
        line, _, fields = head.partition(_LINE_END)
        found = _REQUEST_LINE.fullmatch(line)
        version = (int(found[1]), int(found[2])) if found else (0, 0)
        lengths: list[bytes] = []
        codings: list[bytes] = []
        lowered = fields.lower()
        has_framing = b"content-length" in lowered or b"transfer-encoding" in lowered
        for name, value in _FRAMING_FIELD.findall(fields) if has_framing else ():
            (lengths if name.lower() == b"content-length" else codings).append(value)
        length, is_chunked = framing(version, lengths, codings)
        if is_chunked:
            self._state = self._chunk_line
        elif length:
            self._state, self._left = self._body, length

    def _body(self, data: bytes, passed: list[bytes]) -> bytes:
        rest = self._counted(data, passed)
        if not self._left:
            self._state = self._head
        return rest

    def _chunk_line(self, data: bytes, passed: list[bytes]) -> bytes:
        line, rest = self._line(data)
        if line is None:
            is_long = len(self._held) > CHUNK_LINE_LIMIT_BYTES
            if is_long or not _CHUNK_LINE_BEGINNING.fullmatch(self._held):
                raise _broken_body()
            return rest
        found = _CHUNK_LINE.fullmatch(line)
        if found is None or len(line) > CHUNK_LINE_LIMIT_BYTES:
            raise _broken_body()
        self._left = int(found[1], 16)
        if self._left:
            passed.append(b"%x\r\n" % self._left)
            self._state = self._chunk
        else:  # the last chunk is passed on when the trailers have ended
            self._state = self._trailers
        return rest

    def _chunk(self, data: bytes, passed: list[bytes]) -> bytes:
        rest = self._counted(data, passed)
        if not self._left:
            self._state = self._chunk_end
        return rest

    def _chunk_end(self, data: bytes, passed: list[bytes]) -> bytes:
        missing = len(_LINE_END) - len(self._held)
        self._held += data[:missing]
        if not _LINE_END.startswith(self._held):
            raise _broken_body()
        if self._held == _LINE_END:
            self._held.clear()
            passed.append(_LINE_END)
            self._state = self._chunk_line
        return data[missing:]

    def _trailers(self, data: bytes, passed: list[bytes]) -> bytes:
        line, rest = self._line(data)
        self._trailer_bytes += len(data) - len(rest)
        if self._trailer_bytes > HEADER_LIMIT_BYTES:
            raise _broken_body()
        if line is None:
            return rest
        if line == _LINE_END:
            passed.append(b"0" + _HEAD_END)
            self._trailer_bytes = 0
            self._state = self._head
            return rest
        trailer = _TRAILER.fullmatch(line)
        if trailer is None or trailer[1].lower() in _REFUSED_TRAILERS:
            raise _broken_body()
        return rest

    def _line(self, data: bytes) -> tuple[bytes | None, bytes]:
        """The line that is whole with this data, or None, and what comes after it."""
        end = data.find(b"\n") + 1
        if not end:
            self._held += data
            return None, b""
        line = bytes(self._held) + data[:end]
        self._held.clear()
        return line, data[end:]

    def _counted(self, data: bytes, passed: list[bytes]) -> bytes:
        part = data[: self._left]
        passed.append(part)
        self._left -= len(part)
        return data[len(part) :]


def _check_head(head: bytes) -> None:
    """Raises RequestRefusedError for a head, or the beginning of one, that is not HTTP/1."""
    line_feeds, returns = head.count(b"\n"), head.removesuffix(b"\r").count(b"\r")
    if not line_feeds == returns == head.count(_LINE_END):
        raise RequestRefusedError(400, "every line of the head must end with CRLF")
    line, line_end, _ = head.partition(_LINE_END)
    if line_end and not _REQUEST_LINE.fullmatch(line):
        raise RequestRefusedError(400, "the request line must be METHOD TARGET HTTP/1.1")
    if len(head) > 2 * HEADER_LIMIT_BYTES:
        raise head_too_large()


def _broken_body() -> RequestRefusedError:
    return RequestRefusedError(400, "the body is not framed as its headers say")
