"""Answers as bytes."""

import pytest

from portcullis.gateway.edge.http_response import (
    UnwritableHeaderError,
    UnwritableResponseError,
    head_bytes,
    wire,
)

DATE = ("Date", "Sun, 22 Nov 2026 15:00:00 GMT")


def lines(*headers, status=200, body=b"", method="GET", closes=False):
    head, sent = wire(status, (DATE, *headers), body, method=method, closes=closes)
    assert head.endswith(b"\r\n\r\n")
    return head.decode("latin-1").split("\r\n")[:-2], sent


def test_status_and_headers_are_written_as_given():
    written, body = lines(("X-b", "2"), ("x-A", "é"), ("X-b", "1"), body=b"pets")
    assert written == [
        "HTTP/1.1 200 OK",
        "Date: Sun, 22 Nov 2026 15:00:00 GMT",
        "X-b: 2",
        "x-A: é",
        "X-b: 1",
        "Content-Length: 4",
        "Connection: keep-alive",
    ]
    assert body == b"pets"


def test_a_date_is_added_where_there_is_none():
    head, _ = wire(200, (), b"", method="GET", closes=True)
    assert b"\r\nDate: " in head
    assert b"\r\nConnection: close\r\n" in head


@pytest.mark.parametrize(
    "name",
    ["Connection", "keep-alive", "Transfer-Encoding", "Content-Length", "Upgrade", "TE", "Trailer"],
)
def test_framing_and_connection_are_the_front_s_own(name):
    written, _ = lines((name, "99"), body=b"pets")
    assert "Content-Length: 4" in written
    assert len([line for line in written if line.lower().startswith(name.lower())]) <= 1
    assert not any("99" in line for line in written)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_no_length(status):
    written, body = lines(("Content-Length", "4"), status=status, body=b"pets")
    assert body == b""
    assert not any(line.startswith("Content-Length") for line in written)


def test_head_states_the_length_that_get_would_have():
    assert lines(("Content-Length", "99"), method="HEAD")[0][-2] == "Content-Length: 99"
    assert lines(("Content-Length", "9x"), method="HEAD")[0][-2] == "Content-Length: 0"
    assert lines(method="HEAD", body=b"pets") == (lines(body=b"pets")[0], b"")


def test_an_unknown_status_has_no_words():
    assert lines(status=599)[0][0] == "HTTP/1.1 599 "


@pytest.mark.parametrize(
    "header",
    [
        ("X", "a\r\nSet-Cookie: b"),
        ("X", "a\nb"),
        ("X", "a\rb"),
        ("X", "a\x00b"),
        ("X", "☃"),
        ("X\r\nY", "a"),
        ("X Y", "a"),
        ("X:", "a"),
        ("X: a", "b"),
        ("", "a"),
    ],
)
def test_nothing_can_be_injected(header):
    with pytest.raises(UnwritableResponseError):
        lines(header)


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\r", "\n", "a\r\n"])
def test_the_header_that_cannot_be_written_is_named(value):
    with pytest.raises(UnwritableHeaderError, match=r"^Second$"):
        head_bytes("GET / HTTP/1.1", (("First", "a:b"), ("Second", value), ("Third", "c")))


@pytest.mark.parametrize("status", [0, 100, 101, 199, 600, 1000])
def test_a_status_that_is_not_final_is_refused(status):
    with pytest.raises(UnwritableResponseError):
        lines(status=status)
