"""The record of what the gateway sent to the backend, asked for over the control socket."""

import pytest

from portcullis.acceptance.errors import ControlError
from portcullis.acceptance.run.tap import SentRequest, sent_requests

REQUEST = {
    "method": "GET",
    "target": "/pets",
    "headers": [["X-Request-Id", "one"], ["Authorization", "Bearer t"]],
    "body_sha256": "0" * 64,
    "context": None,
}


def test_the_requests_with_a_request_id_are_found(lab):
    lab.control.sent += [REQUEST, REQUEST | {"headers": [["X-Request-Id", "two"]]}]
    (found,) = sent_requests(lab.target(), "one")
    assert found == SentRequest(
        method="GET",
        target="/pets",
        headers=(("X-Request-Id", "one"), ("Authorization", "Bearer t")),
        body_sha256="0" * 64,
    )
    assert sent_requests(lab.target(), "three") == []


@pytest.mark.parametrize(
    "sent", [b'{"ok": true}\n', b'{"ok": true, "sent": [{}]}\n', b'{"ok": true, "sent": [1]}\n']
)
def test_an_answer_without_requests_is_an_error(lab, sent):
    lab.control.answer = sent
    with pytest.raises(ControlError, match="no list of requests"):
        sent_requests(lab.target(), "one")
