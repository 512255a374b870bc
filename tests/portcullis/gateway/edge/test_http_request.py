"""The rules of a request head, on values; what the parser does before is in test_front.py."""

import pytest

from portcullis.gateway.edge.http_request import (
    BODY_LIMIT_BYTES,
    HEADER_LIMIT_BYTES,
    RequestRefusedError,
    read_head,
)

HOST = (b"Host", b"localhost")


def head(*headers, method="POST", target="/pets", version=(1, 1)):
    return read_head(method, target, version, (HOST, *headers))


def test_names_values_order_and_target_are_kept_as_sent():
    read = head(
        (b"X-b", b"2"), (b"x-A", b"caf\xe9"), (b"X-b", b"1"), target="/pets//%2e%2E/?type=a%20b?&&x"
    )
    assert read.headers == (("Host", "localhost"), ("X-b", "2"), ("x-A", "café"), ("X-b", "1"))
    assert read.target == "/pets//%2e%2E/?type=a%20b?&&x"
    assert read.path == "/pets//%2e%2E/"
    assert read.query == "type=a%20b?&&x"
    assert read.http_version == "HTTP/1.1"


@pytest.mark.parametrize(
    ("headers", "length", "chunked"),
    [
        pytest.param((), None, False, id="none"),
        pytest.param(((b"content-length", b"0"),), 0, False, id="zero"),
        pytest.param(((b"CONTENT-LENGTH", b"12"),), 12, False, id="length"),
        pytest.param(((b"Transfer-Encoding", b"Chunked"),), None, True, id="chunked"),
    ],
)
def test_there_is_one_framing(headers, length, chunked):
    read = head(*headers)
    assert (read.content_length, read.is_chunked) == (length, chunked)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")], id="cl-te"),
        pytest.param([(b"Content-Length", b"5"), (b"content-length", b"5")], id="twice-equal"),
        pytest.param([(b"Content-Length", b"5, 5")], id="list"),
        pytest.param([(b"Content-Length", b"+5")], id="plus"),
        pytest.param([(b"Content-Length", b"0x5")], id="hex"),
        pytest.param([(b"Content-Length", b"")], id="empty"),
        pytest.param([(b"Content-Length", b"5 ")], id="space"),
        pytest.param([(b"Content-Length", b"9" * 20)], id="huge"),
        pytest.param([(b"Transfer-Encoding", b"gzip, chunked")], id="gzip"),
        pytest.param([(b"Transfer-Encoding", b"chunked")] * 2, id="te-twice"),
        pytest.param([(b"Transfer-Encoding", b"identity")], id="identity"),
        pytest.param([(b"Transfer-Encoding", b"\x0bchunked")], id="vertical-tab"),
        pytest.param([(b"Upgrade", b"websocket")], id="upgrade"),
        pytest.param([(b"HTTP2-Settings", b"AAMAAABk")], id="http2-settings"),
        pytest.param([HOST], id="host-twice"),
        pytest.param([(b"X Y", b"")], id="space-in-name"),
        pytest.param([(b"X:Y", b"")], id="colon-in-name"),
        pytest.param([(b"", b"")], id="no-name"),
        pytest.param([(b"X", b"a\rb")], id="carriage-return"),
        pytest.param([(b"X", b"a\nb")], id="line-feed"),
        pytest.param([(b"X", b"a\x00b")], id="nul"),
    ],
)
def test_a_head_with_two_readings_is_refused(headers):
    with pytest.raises(RequestRefusedError) as refused:
        head(*headers)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/pets",
        "*",
        "localhost:443",
        "",
        "pets",
        "/a#b",
        "/a\\b",
        "/a b",
        "/é",
        "/\x7f",
    ],
)
def test_a_target_that_is_not_a_plain_path_is_refused(target):
    with pytest.raises(RequestRefusedError) as refused:
        head(target=target)
    assert refused.value.status == 400


@pytest.mark.parametrize("method", ["CONNECT", "PRI", "get", "DESCRIBE", "SOURCE", "PROPFIND", ""])
def test_a_method_that_is_not_http_s_own_is_refused(method):
    with pytest.raises(RequestRefusedError) as refused:
        head(method=method)
    assert refused.value.status == 400


@pytest.mark.parametrize("version", [(0, 9), (1, 2), (2, 0)])
def test_another_version_is_refused(version):
    with pytest.raises(RequestRefusedError):
        head(version=version)


def test_http_1_0_has_no_transfer_encoding_and_no_expectations():
    assert head((b"Expect", b"100-continue"), version=(1, 0)).expects_continue is False
    with pytest.raises(RequestRefusedError):
        head((b"Transfer-Encoding", b"chunked"), version=(1, 0))


@pytest.mark.parametrize(
    "host", [b"", b"a b", b"a, b", b"u@h", b"h/p", b"h:1:2", b"h:x", b"h?", b"[::1", b"\xff", b"h#"]
)
def test_a_malformed_host_is_refused(host):
    with pytest.raises(RequestRefusedError):
        read_head("GET", "/", (1, 1), [(b"Host", host)])


@pytest.mark.parametrize("host", [b"localhost", b"localhost:8443", b"127.0.0.1:1", b"[::1]:8443"])
def test_a_host_may_have_a_port(host):
    assert read_head("GET", "/", (1, 1), [(b"hOST", host)]).headers == (("hOST", host.decode()),)


def test_no_host_is_refused():
    with pytest.raises(RequestRefusedError):
        read_head("GET", "/", (1, 1), [])


def test_the_header_quota_is_10240_bytes():
    spent = len("/pets") + len("Host") + len("localhost") + len("X")
    assert head((b"X", b"a" * (HEADER_LIMIT_BYTES - spent)))
    with pytest.raises(RequestRefusedError) as refused:
        head((b"X", b"a" * (HEADER_LIMIT_BYTES - spent + 1)))
    assert (refused.value.status, refused.value.text) == (
        431,
        "HTTP header is larger than 10240 bytes.",
    )


def test_the_payload_quota_is_10_mebibytes():
    assert head((b"Content-Length", str(BODY_LIMIT_BYTES).encode()))
    with pytest.raises(RequestRefusedError) as refused:
        head((b"Content-Length", str(BODY_LIMIT_BYTES + 1).encode()))
    assert (refused.value.status, refused.value.text) == (
        413,
        "HTTP content length exceeded 10485760 bytes.",
    )


@pytest.mark.parametrize("values", [[b"100-continue", b"100-continue"], [b"200-ok"], [b""]])
def test_another_expectation_is_refused(values):
    assert head((b"Expect", b"100-Continue")).expects_continue
    with pytest.raises(RequestRefusedError) as refused:
        head(*((b"Expect", v) for v in values))
    assert refused.value.status == 417


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ((1, 1), (), True),
        ((1, 1), (b"keep-alive",), True),
        ((1, 1), (b"close",), False),
        ((1, 1), (b"x,\tCLOSE ",), False),
        ((1, 1), (b"keep-alive", b"close"), False),
        ((1, 1), (b"closed",), True),
        ((1, 0), (b"keep-alive",), False),
    ],
)
def test_whether_a_connection_is_kept_is_the_clients_choice(version, connection, keeps):
    fields = ((b"Host", b"localhost"), *((b"Connection", value) for value in connection))
    assert read_head("GET", "/", version, fields).keeps_connection is keeps
