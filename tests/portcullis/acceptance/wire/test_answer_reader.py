"""HTTP answers are read within a deadline and a size limit."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.wire import answer_reader
from portcullis.acceptance.wire.client import request_bytes
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Refused,
)
from tests.portcullis.acceptance.lab import http

HELLO = request_bytes("GET", "/", [("Host", "localhost")])


def test_an_answer_has_status_headers_and_body(ask):
    outcome = ask(http(404, b"none", ("X-A", "1"), ("X-B", "2"), ("X-B", "3")))
    assert (outcome.status, outcome.body) == (404, b"none")
    assert outcome.header("x-a") == "1"
    assert outcome.header("X-B") is None
    assert outcome.header("absent") is None


def test_a_chunked_answer_is_put_together(ask):
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert ask(answer).body == b"abcde"


def test_an_answer_without_a_length_ends_with_the_connection(ask):
    request = request_bytes("GET", "/", [("Connection", "close")])
    assert ask(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", request).body == b"until the end"


def test_interim_answers_are_passed_over(ask):
    assert ask(b"HTTP/1.1 100 Continue\r\n\r\n" + http(201)).status == 201


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(ask, status):
    assert ask(f"HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\n".encode()).body == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x46",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc X\r\n\r\n",
        b"HTTP/1.1 20 X\r\n\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_bytes_that_are_not_http_are_malformed(ask, answer):
    assert isinstance(ask(answer), Malformed)


def test_an_answer_that_is_cut_short_is_malformed(ask):
    request = request_bytes("GET", "/", [("Connection", "close")])
    for answer in (b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n1234", b"HTTP/1.1 200"):
        assert isinstance(ask(answer, request), Malformed)


def test_an_endless_answer_is_given_up(ask, monkeypatch):
    monkeypatch.setattr(answer_reader, "MAX_ANSWER_BYTES", 1000)
    assert isinstance(ask(http(200, b"a" * 2000)), Malformed)


def test_further_answers_are_counted(ask, monkeypatch):
    monkeypatch.setattr(answer_reader, "QUIET_SECONDS", 0.2)
    assert ask(http(200), counts_answers=True).further == 0
    assert ask(http(200) + http(404, b"x"), counts_answers=True).further == 1
    assert ask(http(200) + http(200) + b"HTTP/1.1 2", counts_answers=True).further == 2
    assert ask(http(200) + b"garbage\r\n\r\n", counts_answers=True).further == 1


class _Bytes:
    """A stream that hands out given bytes and then ends."""

    def __init__(self, data, size):
        self._data, self._size = data, size

    def settimeout(self, _seconds):
        pass

    def recv(self, _size):
        taken, self._data = self._data[: self._size], self._data[self._size :]
        return taken


@given(
    data=st.binary(max_size=200)
    | st.binary(max_size=60).map(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n".__add__)
    | st.binary(max_size=60).map(b"HTTP/1.1 200 X\r\nContent-Length: ".__add__),
    size=st.integers(1, 50),
)
def test_no_bytes_break_the_reader(data, size):
    reader = answer_reader.AnswerReader(_Bytes(data, size), time.monotonic() + 60)
    outcome = reader.answer()
    assert isinstance(outcome, Answer | Refused | Malformed)
    assert reader.further_answers() >= 0
