"""Reads the requests of a connection: bytes in, one whole request at a time out.

The grammar is RFC 9112's and no more: lines end with CRLF, fields are not folded, trailers are
checked and dropped. What two servers could read differently is refused, and nothing that comes
behind it on the connection is read.

Sources: RFC 9112 sections 2.2, 3, 5 and 7.1; RFC 9110 section 6.5.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from portcullis.gateway.edge.http_request import (
    BODY_LIMIT_BYTES,
    HEADER_LIMIT_BYTES,
    REMEMBERED_BLOCKS,
    RequestHead,
    RequestRefusedError,
    body_too_large,
    head_too_large,
    read_head,
)

CHUNK_LINE_LIMIT_BYTES = 1024  # a chunk's size and its extensions
FIELDS_LIMIT = 256
_SLICE_BYTES = 4096  # what is left is copied for each line and chunk of a slice

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TEXT = rb"[\t -~\x80-\xff]*"
_REQUEST_LINE = re.compile(rb"([^ \r\n]+) ([^ \r\n]+) HTTP/([0-9])\.([0-9])")
_METHOD_BEGINNING = re.compile(rb"[A-Z]{0,16}(?: |\Z)")
_FIELDS = re.compile(rb"(?:" + _TOKEN + rb":" + _TEXT + rb"\r\n)*")
_LINE_END = b"\r\n"
_HEAD_END = b"\r\n\r\n"
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;" + _TEXT + rb")?\r\n")
_CHUNK_LINE_BEGINNING = re.compile(rb"[0-9A-Fa-f]{1,16}(?:[ \t]*(?:;" + _TEXT + rb")?)?\r?")
_TRAILER = re.compile(rb"(" + _TOKEN + rb"):" + _TEXT + rb"\r\n")
_CODING = b"transfer-encoding"
_REFUSED_TRAILERS = frozenset({b"content-length", _CODING})


class RequestFraming:
    """The request that is being read on one connection.

    ``head`` is None until it is whole; ``is_complete`` when the body is too. Then ``next`` begins
    with the next request.
    """

    def __init__(self) -> None:
        self.method = "GET"  # of the request line, once that is read
        self.head: RequestHead | None = None
        self.body = bytearray()
        self.is_complete = False
        self._state: Callable[[bytes], bytes] = self._head
        self._held = bytearray()  # of a head, a chunk's line or the trailers
        self._left = 0  # bytes of a body or chunk
        self._trailer_bytes = 0

    @property
    def has_begun(self) -> bool:
        return self.head is not None or bool(self._held)

    def next(self) -> None:
        """Forget the complete request."""
        self.method = "GET"
        self.head = None
        self.body = bytearray()
        self.is_complete = False
        self._state = self._head

    def feed(self, data: bytes) -> bytes:
        """Read to the end of one request, and return the bytes behind it.

        Raises:
            RequestRefusedError: nothing more may be read from this connection.
        """
        for end in range(_SLICE_BYTES, len(data) + _SLICE_BYTES, _SLICE_BYTES):
            part = data[end - _SLICE_BYTES : end]
            while part and not self.is_complete:
                part = self._state(part)
            if self.is_complete:
                return part + data[end:]
        return b""

    def _head(self, data: bytes) -> bytes:
        held = self._held
        if not held:  # RFC 9112 2.2: empty lines before a request line are ignored
            data = data.lstrip(_LINE_END)
        before = len(held)
        known = bytes(held) + data if held else data
        end = known.find(_HEAD_END, max(0, before - len(_HEAD_END) + 1))
        head = known if end < 0 else known[: end + len(_HEAD_END)]
        if end < 0 or before:  # in pieces: what can no longer become a head is refused at once
            _check_line_ends(head[max(0, before - 1) :].removeprefix(b"\n" if before else b""))
            if _LINE_END not in held:
                _check_request_line(head)
        if len(head) > 2 * HEADER_LIMIT_BYTES:
            raise head_too_large()
        if end < 0:
            held += data
            return b""
        held.clear()
        self._read_head(head)
        return data[len(head) - before :]

    def _read_head(self, head: bytes) -> None:
        try:
            self.head = _parsed(head)
        except RequestRefusedError:
            found = _REQUEST_LINE.fullmatch(head.partition(_LINE_END)[0])
            self.method = found[1].decode("latin-1") if found else self.method
            raise
        self.method = self.head.method
        if self.head.is_chunked:
            self._state = self._chunk_line
        elif self.head.content_length:
            self._state, self._left = self._sized_body, self.head.content_length
        else:
            self.is_complete = True

    def _sized_body(self, data: bytes) -> bytes:
        rest = self._counted(data)
        self.is_complete = not self._left
        return rest

    def _chunk_line(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is None:
            is_long = len(self._held) > CHUNK_LINE_LIMIT_BYTES
            if is_long or not _CHUNK_LINE_BEGINNING.fullmatch(self._held):
                raise broken_body()
            return rest
        found = _CHUNK_LINE.fullmatch(line)
        if found is None or len(line) > CHUNK_LINE_LIMIT_BYTES:
            raise broken_body()
        self._left = int(found[1], 16)
        self._state = self._chunk if self._left else self._trailers
        return rest

    def _chunk(self, data: bytes) -> bytes:
        rest = self._counted(data)
        if len(self.body) > BODY_LIMIT_BYTES:
            raise body_too_large()
        if not self._left:
            self._state = self._chunk_end
        return rest

    def _chunk_end(self, data: bytes) -> bytes:
        missing = len(_LINE_END) - len(self._held)
        self._held += data[:missing]
        if not _LINE_END.startswith(self._held):
            raise broken_body()
        if self._held == _LINE_END:
            self._held.clear()
            self._state = self._chunk_line
        return data[missing:]

    def _trailers(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        self._trailer_bytes += len(data) - len(rest)
        if self._trailer_bytes > HEADER_LIMIT_BYTES:
            raise broken_body()
        if line is None:
            return rest
        if line == _LINE_END:
            self._trailer_bytes = 0
            self.is_complete = True
            return rest
        trailer = _TRAILER.fullmatch(line)
        if trailer is None or trailer[1].lower() in _REFUSED_TRAILERS:
            raise broken_body()
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

    def _counted(self, data: bytes) -> bytes:
        part = data[: self._left]
        self.body += part
        self._left -= len(part)
        return data[len(part) :]


@lru_cache(maxsize=REMEMBERED_BLOCKS)
def _parsed(head: bytes) -> RequestHead:
    """A head with the empty line at its end. Raises RequestRefusedError."""
    line, _, fields = head[: -len(_LINE_END)].partition(_LINE_END)
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        _check_line_ends(head)
        raise _not_http()
    return read_head(
        found[1].decode("latin-1"),
        found[2].decode("latin-1"),
        (int(found[3]), int(found[4])),
        _fields(fields),
    )


@lru_cache(maxsize=REMEMBERED_BLOCKS)
def _fields(block: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Name and value of each header line. Raises RequestRefusedError."""
    if not _FIELDS.fullmatch(block):
        _check_line_ends(block)
        raise RequestRefusedError(400, "a header line must be NAME: VALUE")
    pairs = [each.partition(b":") for each in block.split(_LINE_END)[:-1]]
    if len(pairs) > FIELDS_LIMIT:
        raise RequestRefusedError(400, f"there are more than {FIELDS_LIMIT} header lines")
    for name, _, value in pairs:
        if name.lower() == _CODING:
            _check_coding(value)
    return tuple((name, value.strip(b" \t")) for name, _, value in pairs)


def _check_coding(raw: bytes) -> None:
    """RFC 9110 5.5 allows whitespace around it, but some parsers then see another coding."""
    if raw.removeprefix(b" ") != raw.strip(b" \t"):
        raise RequestRefusedError(400, "Transfer-Encoding must be chunked without whitespace")


def broken_body() -> RequestRefusedError:
    return RequestRefusedError(400, "the body is not framed as its headers say")


def _check_line_ends(part: bytes) -> None:
    """A part that ends with CR may still go on. Raises RequestRefusedError."""
    line_feeds, returns = part.count(b"\n"), part.removesuffix(b"\r").count(b"\r")
    if not line_feeds == returns == part.count(_LINE_END):
        raise RequestRefusedError(400, "every line of the head must end with CRLF")


def _check_request_line(head: bytes) -> None:
    """Of a head or its beginning, after its line ends. Raises RequestRefusedError."""
    line, line_end, _ = head.partition(_LINE_END)
    found = _REQUEST_LINE.fullmatch(line) if line_end else _METHOD_BEGINNING.match(head)
    if found is None:
        raise _not_http()


def _not_http() -> RequestRefusedError:
    return RequestRefusedError(400, "the request line must be METHOD TARGET HTTP/1.1")
