"""A ClientHello for TLS 1.1, and the alerts of servers."""

import pytest

from portcullis.acceptance.wire.client import request_bytes
from portcullis.acceptance.wire.client_hello import alert_text, client_hello

HELLO = request_bytes("GET", "/", [("Host", "localhost")])


def test_a_hello_is_one_handshake_record_of_its_own_length():
    hello = client_hello("localhost")
    assert hello[0] == 22
    assert int.from_bytes(hello[3:5]) == len(hello) - 5
    assert b"localhost" in hello


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (b"\x15\x03\x02\x00\x02\x02\x46", "protocol version"),
        (b"\x15\x03\x02\x00\x02\x02\x28", "handshake failure"),
        (b"\x15\x03\x02\x00\x02\x02\x7f", "number 127"),
        (b"\x16\x03\x02\x00\x02\x02\x46", None),
        (b"\x15\x03", None),
        (b"HTTP/1.1 400", None),
    ],
)
def test_only_an_alert_is_an_alert(reply, text):
    assert alert_text(reply) == text
