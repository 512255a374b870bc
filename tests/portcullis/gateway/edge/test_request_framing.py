"""The framing of requests: what the parser sees, whatever pieces the bytes arrive in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.edge.request_framing import REFUSED_BY_EVERY_PARSER, RequestFraming

GET = b"GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\npets"
CHUNKED = b"POST /pets HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def passed(*pieces):
    framing = RequestFraming()
    return b"".join(framing.feed(piece) for piece in pieces), framing.refusal


PASSED = [
    (GET, GET),
    (GET + GET, GET + GET),
    (POST + GET, POST + GET),
    (b"\r\n\r\n" + GET + b"\r\n" + GET, GET + GET),
    (CHUNKED + END + GET, CHUNKED + END + GET),
    (CHUNKED + b"4\r\npets\r\n" + END, CHUNKED + b"4\r\npets\r\n" + END),
    (CHUNKED + b"04\r\npets\r\n00\r\n\r\n", CHUNKED + b"4\r\npets\r\n" + END),
    (CHUNKED + b"A;a=b ; c\r\n0123456789\r\n" + END, CHUNKED + b"a\r\n0123456789\r\n" + END),
    (CHUNKED + b"2\r\n\r\n\r\n" + END, CHUNKED + b"2\r\n\r\n\r\n" + END),
    (CHUNKED + b"0\r\nX-T: 1\r\n\r\n" + GET, CHUNKED + END + GET),
    (CHUNKED + b"0\r\nHost: other\r\nX:\r\n\r\n" + GET, CHUNKED + END + GET),
    (CHUNKED + b"4\r\npe", CHUNKED + b"4\r\npe"),
    (CHUNKED + b"0\r\nX-T: 1", CHUNKED),
]


@pytest.mark.parametrize(("sent", "expected"), PASSED)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_requests_are_passed_on_without_trailers(sent, expected, size):
    pieces = [sent[i : i + size] for i in range(0, len(sent), size)]
    assert passed(*pieces) == (expected, None)


REFUSED = {
    "rtsp": b"GET /pets RTSP/1.1\r\nHost: localhost\r\n\r\n",
    "rtsp-1.0": b"GET /pets RTSP/1.0\r\n\r\n",
    "ice": b"GET /pets ICE/1.0\r\n\r\n",
    "no-protocol": b"GET /pets\r\n\r\n",
    "lower-case-protocol": b"GET /pets http/1.1\r\n\r\n",
    "protocol-1.10": b"GET /pets HTTP/1.10\r\n\r\n",
    "two-spaces": b"GET  /pets HTTP/1.1\r\n\r\n",
    "space-behind": b"GET /pets HTTP/1.1 \r\n\r\n",
    "bare-lf": b"GET /pets HTTP/1.1\nHost: localhost\n\n",
    "bare-cr": b"GET /pets HTTP/1.1\r\nX: a\rb\r\n\r\n",
    "lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na",
    "length-and-coding": CHUNKED[:-2] + b"Content-Length: 1\r\n\r\n",
    "coding": b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "coding-1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "size": CHUNKED + b"zz\r\n",
    "size-empty": CHUNKED + b"\r\n",
    "size-0x": CHUNKED + b"0x1\r\na\r\n" + END,
    "size-negative": CHUNKED + b"-1\r\n",
    "size-plus": CHUNKED + b"+1\r\n",
    "size-space": CHUNKED + b" 1\r\na\r\n" + END,
    "size-17-digits": CHUNKED + b"1" * 17 + b"\r\n",
    "size-lf": CHUNKED + b"1\na\r\n" + END,
    "extension-lf": CHUNKED + b"1;\nx\r\na\r\n" + END,
    "extension-nul": CHUNKED + b"1;\x00\r\na\r\n" + END,
    "extension-long": CHUNKED + b"1;" + b"x" * 1024 + b"\r\na\r\n" + END,
    "chunk-too-long": CHUNKED + b"1\r\nab\r\n" + END,
    "chunk-lf": CHUNKED + b"1\r\na\n" + END,
    "trailer-length": CHUNKED + b"0\r\nContent-Length: 9\r\n\r\n",
    "trailer-coding": CHUNKED + b"0\r\ntransfer-encoding: chunked\r\n\r\n",
    "trailer-no-colon": CHUNKED + b"0\r\nnonsense\r\n\r\n",
    "trailer-space": CHUNKED + b"0\r\nX : a\r\n\r\n",
    "trailer-folded": CHUNKED + b"0\r\nX: a\r\n b\r\n\r\n",
    "trailer-nul": CHUNKED + b"0\r\nX: \x00\r\n\r\n",
    "trailer-bare-cr": CHUNKED + b"0\r\nX: a\rY: b\r\n\r\n",
    "trailers-large": CHUNKED + b"0\r\n" + b"X: a\r\n" * 2000 + b"\r\n",
    "head-large": b"GET / HTTP/1.1\r\n" + b"X: aaaaaaaa\r\n" * 2000 + b"\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("size", [1, 5, 100_000])
@pytest.mark.parametrize("before", [b"", GET, POST], ids=["alone", "behind GET", "behind POST"])
def test_what_is_malformed_is_refused_and_nothing_passes_after_it(name, size, before):
    sent = before + REFUSED[name] + GET
    out, refusal = passed(*(sent[i : i + size] for i in range(0, len(sent), size)))
    assert refusal.status == (431 if name == "head-large" else 400)
    assert out.endswith(REFUSED_BY_EVERY_PARSER)
    assert out.startswith(before)
    assert GET not in out[len(before) :]


@pytest.mark.parametrize(
    ("sent", "is_in_body"),
    [(CHUNKED + b"z", True), (CHUNKED + b"1\r\nab", True), (GET + b"\x00 x\r\n", False)],
)
def test_a_refusal_comes_with_the_first_wrong_byte(sent, is_in_body):
    framing = RequestFraming()
    framing.feed(sent)
    assert framing.refusal is not None
    assert framing.is_in_body is is_in_body
    assert framing.feed(GET) == b""


CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=4)
TRAILERS = st.lists(st.sampled_from([b"X-T: 1\r\n", b"Host: other\r\n", b"A:\r\n"]), max_size=3)


@st.composite
def requests(draw):
    """One request as sent, and as the parser has to see it."""
    kind = draw(st.sampled_from(["get", "length", "chunked"]))
    if kind == "get":
        return GET, GET
    if kind == "length":
        body = draw(st.binary(max_size=30))
        sent = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        return sent, sent
    chunks = draw(CHUNKS)
    written = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks)
    return (
        CHUNKED + written + b"0\r\n" + b"".join(draw(TRAILERS)) + b"\r\n",
        CHUNKED + written + END,
    )


@given(sent=st.lists(requests(), max_size=4), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_requests_pass_alike_in_whatever_pieces_they_arrive(sent, cuts):
    data = b"".join(s for s, _ in sent)
    at = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    pieces = [data[a:b] for a, b in itertools.pairwise(at)]
    assert passed(*pieces) == (b"".join(e for _, e in sent), None)


@given(data=st.binary(max_size=200), size=st.integers(1, 50))
def test_no_bytes_break_the_framing(data, size):
    sent = CHUNKED + data
    out, refusal = passed(*(sent[i : i + size] for i in range(0, len(sent), size)))
    assert out.startswith(CHUNKED)
    assert refusal is None or out.endswith(REFUSED_BY_EVERY_PARSER)
