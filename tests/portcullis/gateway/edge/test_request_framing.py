"""The framing of requests: the same requests, whatever pieces their bytes arrive in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.edge.http_request import BODY_LIMIT_BYTES, RequestRefusedError
from portcullis.gateway.edge.request_framing import FIELDS_LIMIT, RequestFraming

GET = b"GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\npets"
CHUNKED = b"POST /pets HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
GOT, POSTED = ("GET", b""), ("POST", b"pets")


def read(*pieces):
    """Method and body of the complete requests, and what was refused in the end."""
    framing, requests = RequestFraming(), []
    try:
        for piece in pieces:
            rest = piece
            while rest:
                rest = framing.feed(rest)
                if framing.is_complete:
                    requests.append((framing.head.method, bytes(framing.body)))
                    framing.next()
    except RequestRefusedError as refused:
        return requests, refused
    return requests, None


READ = [
    (GET, [GOT]),
    (GET + GET, [GOT, GOT]),
    (POST + GET, [POSTED, GOT]),
    (b"\r\n\r\n" + GET + b"\r\n" + GET, [GOT, GOT]),
    (CHUNKED + END + GET, [("POST", b""), GOT]),
    (CHUNKED + b"4\r\npets\r\n" + END, [POSTED]),
    (CHUNKED + b"04\r\npets\r\n00\r\n\r\n", [POSTED]),
    (CHUNKED + b"2\r\npe\r\n2\r\nts\r\n" + END, [POSTED]),
    (CHUNKED + b"A;a=b ; c\r\n0123456789\r\n" + END, [("POST", b"0123456789")]),
    (CHUNKED + b"2\r\n\r\n\r\n" + END, [("POST", b"\r\n")]),
    (CHUNKED + b"0\r\nX-T: 1\r\n\r\n" + GET, [("POST", b""), GOT]),
    (CHUNKED + b"0\r\nHost: other\r\nX:\r\n\r\n" + GET, [("POST", b""), GOT]),
    (CHUNKED + b'1;a="b;c"\r\na\r\n1 ; a = b\r\nb\r\n0;x\r\n\r\n', [("POST", b"ab")]),
    (
        CHUNKED.replace(b"chunked", b"CHUNKED") + b"A\r\n0123456789\r\n" + END,
        [("POST", b"0123456789")],
    ),
    (CHUNKED + b"000000000000001\r\na\r\n" + END, [("POST", b"a")]),
    (CHUNKED.replace(b"POST", b"GET") + b"1\r\na\r\n" + END + GET, [("GET", b"a"), GOT]),
    (GET.replace(b"\r\n\r\n", b"\r\nX: caf\xe9\r\nTransfer_Encoding: x\r\n\r\n"), [GOT]),
    (GET.replace(b"/pets", b'//pets/../%zz%00?a=b|c^{}"<>'), [GOT]),
    (GET.replace(b"1.1", b"1.0"), [GOT]),
    (POST.replace(b": 4", b": 0004"), [POSTED]),
    (b"\n\r" + GET, [GOT]),
    (CHUNKED + b"7fffffff\r\na", []),
    (CHUNKED + b"4\r\npe", []),
    (CHUNKED + b"0\r\nX-T: 1", []),
    (POST[:-1], []),
    (GET[:-1], []),
]


@pytest.mark.parametrize(("sent", "expected"), READ)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_requests_are_read_without_trailers(sent, expected, size):
    pieces = [sent[i : i + size] for i in range(0, len(sent), size)]
    assert read(*pieces) == (expected, None)


def test_the_fields_are_as_sent_without_the_space_around_their_values():
    framing = RequestFraming()
    rest = framing.feed(b"GET /a?b HTTP/1.1\r\nhOST:\t localhost \t\r\nX:\r\nX: a  b:c\r\n\r\nGET")
    assert rest == b"GET"
    assert framing.head.target == "/a?b"
    assert framing.head.headers == (("hOST", "localhost"), ("X", ""), ("X", "a  b:c"))


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
    "coding-tab": CHUNKED.replace(b"chunked", b"chunked\t") + END,
    "coding-tab-before": CHUNKED.replace(b" chunked", b"\tchunked") + END,
    "coding-space": CHUNKED.replace(b"chunked", b"chunked ") + END,
    "coding-two-spaces": CHUNKED.replace(b"chunked", b" chunked") + END,
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
    "folded": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "folded-first": b"GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
    "space-before-colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "no-name": b"GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
    "no-colon": b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
    "nul": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00\r\n\r\n",
    "lower-case-method": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "many-fields": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * FIELDS_LIMIT + b"\r\n",
    **{
        f"line {line!r}": line + b"\r\nHost: a\r\n\r\n"
        for line in (
            *(b"GET http://a/ HTTP/1.1", b"GET a:443 HTTP/1.1", b"CONNECT a:443 HTTP/1.1"),
            *(b"OPTIONS * HTTP/1.1", b"GET pets HTTP/1.1", b"GET  HTTP/1.1", b"GET /a b HTTP/1.1"),
            *(b"GET /a\tb HTTP/1.1", b"GET\t/\tHTTP/1.1", b"GET /a\x0bb HTTP/1.1"),
            *(b"GET /\xc3\xa4 HTTP/1.1", b"GET /a#b HTTP/1.1", b"GET /a\\b HTTP/1.1"),
            *(b"FOO / HTTP/1.1", b"PROPFIND / HTTP/1.1", b" / HTTP/1.1", b"GE\x00T / HTTP/1.1"),
            *(b"GE(T / HTTP/1.1", b"G\xc9T / HTTP/1.1", b"A" * 300 + b" / HTTP/1.1"),
            *(b"PRI * HTTP/2.0", b"GET / HTTP/2.0", b"GET / HTTP/1.2", b"GET / HTTP/0.9"),
            *(b"GET / HTTP/11.0", b"GET / HTTP/1", b"GET / HTTP/1.1x", b"GET / HTTP/01.1"),
            *(b"GET / HTTP/1,1", b"GET / SIP/2.0", b"GET /", b"EHLO a", b"PROXY TCP4 1 2 3 4"),
            *(b"\x00GET / HTTP/1.1", b"\xef\xbb\xbfGET / HTTP/1.1", b"\tGET / HTTP/1.1"),
        )
    },
    **{
        f"field {field!r}": b"POST / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n0\r\n\r\n"
        for field in (
            *(b"X\t: a", b"\tX: a", b"X\x00: a", b"X\xe9: a", b"X(a): a", b'"X": a', b"X@: a"),
            *(b"X Y: a", b"X: \x01", b"X: a\x7f", b"X: a\x0bb", b"X: a\r", b"X: a\nY: b"),
            *(b"Content-Length: +1", b"Content-Length: -1", b"Content-Length: 0x1"),
            *(b"Content-Length:", b"Content-Length: 1 1", b"Content-Length: 1, 1"),
            *(b"Content-Length: 1_0", b"Content-Length: \xd9\xa1", b"Content-Length: " + b"9" * 20),
            *(b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length : 1"),
            *(
                b"Transfer-Encoding: identity",
                b"Transfer-Encoding: xchunked",
                b"Transfer-Encoding:",
            ),
            *(b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity, chunked"),
            *(b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: chunked,"),
            *(b'Transfer-Encoding: "chunked"', b"Transfer-Encoding: chunked;q=1"),
            *(b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: chunked\x00"),
            *(b"Transfer-Encoding : chunked", b"Transfer-Encoding:\r\n chunked"),
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked",
            *(b"Host: a", b"Upgrade: websocket", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
        )
    },
    **{
        f"host {host!r}": b"GET / HTTP/1.1\r\n" + host + b"\r\n"
        for host in (
            *(b"", b"Host:\r\n", b"Host: a,b\r\n", b"Host: u@a\r\n", b"Host: a/b\r\n"),
            *(b"Host: \xf6\r\n", b"Host: a\x00\r\n", b"Host: a:\r\n", b"Host: a:x\r\n"),
        )
    },
    **{
        f"chunks {chunks!r}": CHUNKED + chunks
        for chunks in (
            *(
                b"1\t\r\na\r\n",
                b"1_0\r\n",
                b"1,\r\n",
                b"0" * 40 + b"1\r\na\r\n",
                b"1;a\rb\r\na\r\n",
            ),
            *(b"1\r\na0\r\n\r\n", b"1\r\na\n0\r\n\r\n", b"1\na\n0\n\n", b"0\n\n", b"0\r\n\n"),
            *(
                b"0\r\n: a\r\n\r\n",
                b"0\r\nX: a\n\r\n",
                b"0\r\nX\xe9: a\r\n\r\n",
                b"\xd9\xa1\r\na\r\n",
            ),
        )
    },
    "head-large": b"GET / HTTP/1.1\r\n" + b"X: aaaaaaaa\r\n" * 2000 + b"\r\n",
}


@pytest.mark.parametrize("size", [1, 5, 100_000])
@pytest.mark.parametrize(
    ("before", "expected"), [(b"", []), (GET, [GOT]), (POST, [POSTED])], ids=["", "GET", "POST"]
)
def test_what_is_malformed_is_refused_and_nothing_is_read_behind_it(size, before, expected):
    for name, malformed in REFUSED.items():
        sent = before + malformed + GET
        requests, refused = read(*(sent[i : i + size] for i in range(0, len(sent), size)))
        assert refused is not None, name
        assert refused.status == (431 if name == "head-large" else 400), name
        assert requests == expected, name


@pytest.mark.parametrize(
    "sent",
    [CHUNKED + b"z", CHUNKED + b"1\r\nab", GET + b"\x00 x\r\n", b"\x16\x03", b"ssh", b"GET\t"],
)
def test_a_refusal_comes_with_the_first_wrong_byte(sent):
    assert read(sent)[1] is not None
    assert read(sent[:-1] if sent.startswith(CHUNKED) else b"")[1] is None


def test_a_refused_request_has_its_method_each_time():
    """The answer to HEAD has no body, so the one that refuses it needs the method."""
    for _ in range(2):
        framing = RequestFraming()
        with pytest.raises(RequestRefusedError):
            framing.feed(b"HEAD /pets HTTP/1.1\r\n\r\n")  # no Host
        assert (framing.method, framing.head) == ("HEAD", None)


def test_a_chunked_body_is_bounded():
    chunk = b"%x\r\n" % (BODY_LIMIT_BYTES // 2) + b"x" * (BODY_LIMIT_BYTES // 2) + b"\r\n"
    assert read(CHUNKED + chunk * 2 + END)[1] is None
    assert read(CHUNKED + chunk * 2 + b"1\r\nx")[1].status == 413


CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=4)
TRAILERS = st.lists(st.sampled_from([b"X-T: 1\r\n", b"Host: other\r\n", b"A:\r\n"]), max_size=3)


@st.composite
def requests(draw):
    """One request as sent, and its method and body."""
    kind = draw(st.sampled_from(["get", "length", "chunked"]))
    if kind == "get":
        return GET, GOT
    if kind == "length":
        body = draw(st.binary(max_size=30))
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body, ("POST", body)
    chunks = draw(CHUNKS)
    written = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks)
    sent = CHUNKED + written + b"0\r\n" + b"".join(draw(TRAILERS)) + b"\r\n"
    return sent, ("POST", b"".join(chunks))


@given(sent=st.lists(requests(), max_size=4), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_requests_are_read_alike_in_whatever_pieces_they_arrive(sent, cuts):
    data = b"".join(s for s, _ in sent)
    at = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    pieces = [data[a:b] for a, b in itertools.pairwise(at)]
    assert read(*pieces) == ([e for _, e in sent], None)


@given(data=st.binary(max_size=200), size=st.integers(1, 50))
def test_no_bytes_break_the_framing(data, size):
    for sent in (data, CHUNKED + data):
        in_pieces, refused = read(*(sent[i : i + size] for i in range(0, len(sent), size)))
        at_once, refused_at_once = read(sent)
        assert in_pieces == at_once
        assert (refused is None) == (refused_at_once is None)
