"""An outcome as one line of a table."""

import pytest

from portcullis.acceptance.matrix.outcome_text import describe
from portcullis.acceptance.wire.outcome import (
    Answer,
    Malformed,
    Moment,
    Refused,
    Silent,
    Unreachable,
)


def answer(status=403, body=b'{"message":"Forbidden"}', layer="web-acl", further=0):
    headers = (("X-Portcullis-Layer", layer),) if layer else ()
    return Answer(status=status, headers=headers, body=body, further=further)


def refused():
    return Refused(moment=Moment.HANDSHAKE, words="no")


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (answer(), '403 {"message":"Forbidden"} [web-acl]'),
        (answer(layer=None, body=b'{ "a" : 1 }'), '403 {"a":1}'),
        (answer(layer=None, body=b""), "403"),
        (answer(layer=None, body=b"a\x1b[31m\n b"), "403 a?[31m b"),
        (answer(layer=None, body=b"a", further=2), "403 a and 2 more"),
        (refused(), "connection refused at the handshake: no"),
        (Silent(seconds=1.5), "no answer in 1.5 s"),
        (Unreachable(words="gone"), "no connection: gone"),
        (Malformed(words="bytes"), "not HTTP: bytes"),
    ],
)
def test_an_outcome_in_words(outcome, text):
    assert describe(outcome) == text


@pytest.mark.parametrize(("status", "limit"), [(200, 40), (403, 120)])
def test_a_long_body_is_cut(status, limit):
    text = describe(answer(status, b"a" * 500, layer=None))
    assert text == f"{status} {'a' * (limit - 1)}…"
