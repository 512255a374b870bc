"""The record of requests: bounded, and without whole credentials."""

import pytest

from portcullis.petstore.arrivals import KEPT, Arrivals, cut_signature


def test_only_the_last_requests_are_kept():
    arrivals = Arrivals()
    for number in range(KEPT + 1):
        arrivals.keep("GET", "/", [("X-Request-Id", str(number))])
    assert arrivals.of("0") == []
    assert len(arrivals.of("1")) == 1


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", "Basic dXNlcjpwYXNz", "Basic …"),
        ("authorization", "opaque", "…"),
        ("Cookie", "session=secret", "…"),
        ("Cookie", "session=secret; other=2", "…"),
        ("Proxy-Authorization", "Bearer x", "Bearer …"),
        ("Authorization", "Bearer eyJh.eyJi.c2ln", "Bearer eyJh.eyJi.…"),
        ("Authorization", "Bearer eyJh.eyJi.c2ln,eyJh.eyJi.x", "Bearer eyJh.eyJi.…,eyJh.eyJi.…"),
        ("X-Copy", "eyJh.eyJi.c2ln", "eyJh.eyJi.…"),
        ("X-Copy", "ewoi.eyJi.c2ln", "ewoi.eyJi.…"),
        ("Host", "127.0.0.1:8081", "127.0.0.1:8081"),
        ("X-Forwarded-For", "192.0.2.1, 127.0.0.1", "192.0.2.1, 127.0.0.1"),
    ],
)
def test_credentials_are_cut_before_they_are_kept(name, value, kept):
    arrivals = Arrivals()
    arrivals.keep("GET", "/", [(name, value), ("X-Request-Id", "r")])
    assert arrivals.of("r")[0]["headers"][0] == [name, kept]


def test_every_token_of_a_text_is_cut(issuer):
    token = issuer.token()
    text = cut_signature(f"{token} {token}")
    assert token.rpartition(".")[2] not in text
    assert text.count("…") == 2
