"""Requests that are accepted are read alike by parsers of other authors, or refused by them.

A judge may refuse what is accepted here only together with everything behind it. It must never
read another request, another body, or another end of the request: that is request smuggling.
"""

import importlib
import importlib.util
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from unittest.mock import Mock

import httptools
import pytest
from aiohttp import http_parser
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError

from portcullis.gateway.edge.http_request import RequestRefusedError
from portcullis.gateway.edge.request_framing import RequestFraming

EXAMPLES = 4000

Message = tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes]  # method, target, fields, body


@dataclass
class Reading:
    """What one parser made of the bytes of a connection."""

    messages: list[Message]  # the complete ones
    has_stopped: bool = False  # refused the bytes, or reads no more of this connection


def message(
    method: bytes, target: bytes, fields: Sequence[Sequence[bytes]], body: bytes
) -> Message:
    same_case = [(name.lower(), value.strip(b" \t")) for name, value in fields]
    # h11 writes the coding in lower case.
    lowered = [(n, v.lower() if n == b"transfer-encoding" else v) for n, v in same_case]
    return method, target, lowered, body


def read_here(sent: bytes) -> Reading:
    framing, reading = RequestFraming(), Reading([])
    try:
        while sent:
            sent = framing.feed(sent)
            head = framing.head
            if head is None or not framing.is_complete:
                continue
            fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in head.headers]
            reading.messages.append(
                message(head.method.encode(), head.target.encode(), fields, bytes(framing.body))
            )
            if not head.keeps_connection:
                reading.has_stopped = True
                break
            framing.next()
    except RequestRefusedError:
        reading.has_stopped = True
    return reading


class Llhttp:
    """The callbacks of httptools."""

    def __init__(self) -> None:
        self.reading = Reading([])
        self.parser = httptools.HttpRequestParser(self)
        self.on_message_begin()

    def on_message_begin(self) -> None:
        self.target, self.body, self.has_head = b"", b"", False
        self.fields: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:  # what comes later is a trailer
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        method = self.parser.get_method()
        self.reading.messages.append(message(method, self.target, self.fields, self.body))


def read_by_httptools(sent: bytes, *, is_lenient: bool = False) -> Reading:
    judge = Llhttp()
    if is_lenient:  # it reads what most others refuse
        judge.parser.set_dangerous_leniencies(**dict.fromkeys(LENIENCIES, True))
    try:
        judge.parser.feed_data(sent)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        judge.reading.has_stopped = True
    return judge.reading


def read_by_aiohttp(parser_class: type) -> Callable[[bytes], Reading]:
    def read(sent: bytes) -> Reading:
        loop = Mock()
        # Its limits are above ours, so that they hide nothing.
        parser = parser_class(
            BaseProtocol(loop), loop, 65536, max_line_size=65536, max_field_size=65536,
            auto_decompress=False,
        )  # fmt: skip
        reading, parsed = Reading([]), []
        try:
            for line in sent.splitlines(
                keepends=True
            ):  # at once, a refusal hides what is before it
                parsed += parser.feed_data(line)[0]
        except HttpProcessingError:
            reading.has_stopped = True
        for head, payload in parsed:
            if payload.exception() is not None:
                reading.has_stopped = True
            if not payload.is_eof():
                break
            body = b"".join(payload._buffer) if hasattr(payload, "_buffer") else b""
            reading.messages.append(
                message(
                    head.method.encode(),
                    head.path.encode(errors="surrogateescape"),
                    head.raw_headers,
                    body,
                )
            )
            if head.should_close or head.upgrade:
                reading.has_stopped = True
                break
        return reading

    return read


def read_by_h11(sent: bytes) -> Reading:
    h11 = importlib.import_module("h11")

    connection, reading = h11.Connection(h11.SERVER, max_incomplete_event_size=65536), Reading([])
    connection.receive_data(sent)
    head, body = h11.Request(method="GET", target="/", headers=[("Host", "a")]), b""
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                return reading
            if event is h11.PAUSED:
                break
            if isinstance(event, h11.Request):
                head, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                fields = list(head.headers.raw_items())
                reading.messages.append(message(head.method, head.target, fields, body))
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    break
                connection.start_next_cycle()
    except h11.ProtocolError:
        pass
    reading.has_stopped = True
    return reading


LENIENCIES = (
    "lenient_headers",
    "lenient_chunked_length",
    "lenient_keep_alive",
    "lenient_transfer_encoding",
    "lenient_version",
    "lenient_data_after_close",
    "lenient_optional_lf_after_cr",
    "lenient_optional_cr_before_lf",
    "lenient_optional_crlf_after_chunk",
    "lenient_spaces_after_chunk_size",
)
JUDGES: dict[str, Callable[[bytes], Reading]] = {
    "httptools": read_by_httptools,
    "httptools-lenient": partial(read_by_httptools, is_lenient=True),
    "aiohttp": read_by_aiohttp(http_parser.HttpRequestParser),
    "aiohttp-python": read_by_aiohttp(http_parser.HttpRequestParserPy),
}
if importlib.util.find_spec("h11"):  # not installed with this project
    JUDGES["h11"] = read_by_h11

METHODS = [
    b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b"PRI",
    b"GE T", b"", b"\nGET", b"M-SEARCH",
]  # fmt: skip
TARGETS = [
    b"/", b"/pets?a=%20&%2e", b"//other/a", b"/%00%0d%0a", b"/..;/a", b"/a|b^`{}\"<>", b"*",
    b"http://other/a", b"other:443", b"/a#b", b"/a\\b", b"/a b", b"/a\tb", b"/\xff", b"",
    b"/a\x00", b"/a\x0bb", b"?a", b"/a\x7f", b"/a\rb",
]  # fmt: skip
VERSIONS = [
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/0.9", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 ", b"HTTP/01.1",
    b"HTTP/1.10", b"RTSP/1.1", b"ICE/1.0", b"",
]  # fmt: skip
ENDS = [
    b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n", b"\x00\r\n", b"\r\n\r\n",
]  # fmt: skip
HOSTS = [
    b"hOST:\ta:8443 ", b"Host:[::1]:1", b"Host: u@a", b"Host: a b", b"Host: a,b", b"Host:",
    b"Host: a/b", b"Host: a\r\nHost: a", b"X: no-host",
]  # fmt: skip
FIELDS = [
    b"X: a", b"X:", b"X: caf\xe9", b"X: a:b\tc", b"X-Y_z~: \t a \t", b"X : a", b" X: a",
    b"\tfold", b"X\t: a", b"nonsense", b": a", b"X: a\x00", b"X: a\x0bb", b"X: a\x7f",
    b"X\x00: a", b"X: a\rb", b"X: a\nb", b"X(: a", b"\xff: a", b"Content_Length: 3",
    b"Transfer_Encoding: chunked", b"Connection: close", b"Connection: keep-alive",
    b"Connection: x, Close", b"connection: upgrade", b"Upgrade: h2c", b"Keep-Alive: 5",
    b"Proxy-Connection: close", b"TE: trailers", b"Trailer: X", b"Expect: 100-continue",
    b"Expect: x", b"Content-Encoding: gzip", b"HTTP2-Settings: a", b"Cookie: a\x80b", b"X: ",
    b"a", b"Sec-WebSocket-Key1: a", b"Content-Length: 3\x00",
]  # fmt: skip
LENGTHS = [
    b"+%d", b"-%d", b"%d, %d", b"%d,%d", b"00%d", b"0x%d", b"%d ", b"\t%d", b"%d_0", b"%d.0",
    b"%d;", b"\x0b%d", b"%d\x0c", b"1 %d", b"%de0", b"", b"\xb2", b"%d\r\nContent-Length: %d",
    b"%d\r\ncontent-length: 0", b"99999999999999999999", b"18446744073709551616", b"%d\r\n 0",
]  # fmt: skip
CODINGS = [
    b"Chunked", b"CHUNKED", b"chunked ", b"\tchunked\t", b"xchunked", b"chunked, identity",
    b"identity, chunked", b"gzip, chunked", b"chunked, chunked", b"chunked,", b",chunked",
    b"chunked;q=1", b"identity", b"", b"\x0bchunked", b"\"chunked\"", b"\r\n chunked",
    b"chunked\r\nTransfer-Encoding: chunked", b"chunked\x00", b"chunke\xe4",
    b"chunked\r\nContent-Length: 3", b"identity\r\nTransfer-Encoding: chunked",
]  # fmt: skip
SIZES = [
    b"0x%x", b"+%x", b"-%x", b" %x", b"%x ", b"%x\t", b"0000%x", b"%x;a", b"%x;a=b", b"%x ;a",
    b"%x; a=\"b;c\"", b"%x;\"\\\"", b"%x;a\xff", b"%x;a\rb", b"%x;a\nb", b"%x a", b"%x_0",
    b"%x\x00", b"%x;", b"00000000000000000%x", b"fffffffffffffff%x", b"", b"%xg",
    b"1000000000000000%x", b"%x;\x00",
]  # fmt: skip
TRAILERS = [
    b"X-T: 1\r\n", b"Host: b\r\n", b"A:\r\n", b"Content-Length: 9\r\n", b"X : a\r\n", b" x\r\n",
    b"Transfer-Encoding: chunked\r\n", b"nonsense\r\n", b"X: a\n", b"X: a\rb\r\n", b": a\r\n",
    b"X: a\r\n b\r\n", b"X: \x00\r\n", b"Connection: close\r\n", b"X\xff: a\r\n",
]  # fmt: skip
BODIES = [
    b"", b"a", b"pets", b"GET /in HTTP/1.1\r\nHost: a\r\n\r\n", b"0\r\n\r\n", b"\r\n\r\n",
    b"\x00\xff",
]  # fmt: skip
CHUNK_ENDS = [
    b"\n", b"\r", b"", b"a\r\n", b"\r\n\r\n", b" \r\n",
]  # fmt: skip
LAST_SIZES = [
    b"00", b"0;a", b"0x0", b"-0", b"", b"0 ", b"000000000000000000",
]  # fmt: skip
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


class Requests:
    """Bytes of a connection. About one choice in twelve is odd: one or two in a request."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - examples

    def one_of(self, usual: bytes, odd: Sequence[bytes]) -> bytes:
        return self.random.choice(odd) if self.random.random() < 1 / 12 else usual

    def connection(self) -> bytes:
        sent = b"".join(self.request() for _ in range(self.random.randint(1, 3))) + NEXT
        if self.random.random() < 1 / 5:  # a byte is lost, doubled or replaced
            at = self.random.randrange(len(sent))
            instead = self.random.choice([b"", sent[at : at + 1] * 2, b"\r", b"\n", b" "])
            sent = sent[:at] + instead + sent[at + 1 :]
        return sent

    def request(self) -> bytes:
        method = self.random.choice([b"POST", b"GET"])
        words = (method, METHODS), (b"/a", TARGETS), (b"HTTP/1.1", VERSIONS)
        lines = [b" ".join(self.one_of(usual, odd) for usual, odd in words)]
        lines += self.random.choices(FIELDS, k=self.random.choice([0, 0, 0, 1, 2]))
        body = self.random.choice(BODIES)
        kind = self.random.choice(["none", "length", "chunked", "chunked"])
        sent = b""
        if kind == "length" or self.random.random() < 1 / 20:
            length = self.one_of(b"%d", LENGTHS)
            lines.append(b"Content-Length: " + length.replace(b"%d", b"%d" % len(body)))
            sent = body
        if kind == "chunked":
            space = self.one_of(b": ", [b":", b" : ", b":\t", b"\t:"])
            lines.append(b"Transfer-Encoding" + space + self.one_of(b"chunked", CODINGS))
            sent = self.chunked(body)
        lines.insert(self.random.randint(1, len(lines)), self.one_of(b"Host: a", HOSTS))
        odd = self.random.randrange(12 * len(lines))  # the line with an odd end, if any
        ends = [self.random.choice(ENDS) if n == odd else b"\r\n" for n in range(len(lines))]
        head = b"".join(line + end for line, end in zip(lines, ends, strict=True))
        before = self.one_of(b"", [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\x00", b"\r\r\n"])
        return before + head + self.one_of(b"\r\n", ENDS) + sent

    def chunked(self, body: bytes) -> bytes:
        middle = self.random.randint(0, len(body))
        sent = b""
        for part in filter(None, (body[:middle], body[middle:])):
            sent += self.one_of(b"%x", SIZES).replace(b"%x", b"%x" % len(part))
            sent += self.one_of(b"\r\n", ENDS) + part + self.one_of(b"\r\n", CHUNK_ENDS)
        sent += self.one_of(b"0", LAST_SIZES) + self.one_of(b"\r\n", ENDS)
        sent += self.one_of(b"", TRAILERS) + self.one_of(b"", TRAILERS)
        return sent + self.one_of(b"\r\n", ENDS)


def disagreement(sent: bytes, judge: str) -> str:
    """How the judge reads these bytes differently; empty where it reads them alike or refuses."""
    ours, theirs = read_here(sent), JUDGES[judge](sent)
    for number, (mine, other) in enumerate(zip(ours.messages, theirs.messages, strict=False)):
        fields = other[2]
        if number and judge == "aiohttp":  # a fault of it: trailers become the next one's fields
            fields = fields[-len(mine[2]) :]
        if mine != (*other[:2], fields, other[3]):
            return f"{mine} here, {other} there"
    complete, of_judge = len(ours.messages), len(theirs.messages)
    if complete > of_judge and not theirs.has_stopped:
        return f"complete here, not there: {ours.messages[of_judge]}"
    if complete < of_judge and not ours.has_stopped:
        return f"not complete here, but there: {theirs.messages[complete]}"
    return ""


@pytest.mark.parametrize("judge", JUDGES)
def test_what_is_accepted_is_read_alike_or_refused_by_other_parsers(judge: str) -> None:
    for seed in range(EXAMPLES):
        sent = Requests(seed).connection()
        assert disagreement(sent, judge) == "", (seed, sent)


def test_most_oddities_are_refused_and_enough_is_accepted() -> None:
    readings = [read_here(Requests(seed).connection()) for seed in range(300)]
    assert sum(bool(reading.messages) for reading in readings) > 75
    assert sum(reading.has_stopped for reading in readings) > 75


def test_a_difference_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n" + NEXT
    assert disagreement(sent, "httptools") == ""
    monkeypatch.setitem(JUDGES, "httptools", lambda _: read_here(sent.replace(b"31", b"0")))
    assert "here" in disagreement(sent, "httptools")
