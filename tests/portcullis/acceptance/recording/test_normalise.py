"""What varies between two recordings of the same answer is replaced, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.recording.normalise import HEADERS, MEANINGS, PATTERNS, Normaliser
from portcullis.acceptance.wire.outcome import Answer

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwZXQifQ.c2lnbmF0dXJl"
THUMBPRINT = "dGh1bWJwcmludC1vZi1hLWNlcnRpZmljYXRlLTEyMzQ"


@pytest.fixture
def normalised():
    return Normaliser({"api.example.com": "{gateway}", "api.example.com:8443": "{gateway}"})


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        (f"Bearer {TOKEN}", "Bearer {token}"),
        (f"{TOKEN[:-9]}", "{token}"),
        ("id 123e4567-e89b-12d3-a456-426614174000.", "id {id}."),
        ("Sat, 28 Nov 2026 08:30:00 GMT", "{date}"),
        ("at 2026-11-28T08:30:00.123Z", "at {time}"),
        ("at 2026-11-28 08:30:00+01:00", "at {time}"),
        ("since 1795854600", "since {time}"),
        ("since 1795854600123", "since {time}"),
        (f"kid {THUMBPRINT}", "kid {key}"),
        ("arn:aws:kms:eu-central-1:123456789012:key", "arn:aws:kms:eu-central-1:{account}:key"),
        ("192.0.2.1, 127.0.0.1:8081", "{address}, {address}"),
        ("from 2001:db8:1:2:3:4:5:6", "from {address}"),
        ("https://api.example.com/pets", "https://{gateway}/pets"),
        ("https://api.example.com:8443/pets", "https://{gateway}/pets"),
    ],
)
def test_a_pattern_is_replaced(normalised, text, replaced):
    assert normalised.text(text) == replaced


@pytest.mark.parametrize(
    "text",
    [
        "Forbidden",
        "HTTP content length exceeded 10485760 bytes.",
        "application/json; charset=utf-8",
        "124.99",
        "max-age=300",
        'Bearer realm="petstore", error="invalid_token"',
        "my-api.example.com",
        "a" * 42,
        "a" * 44,
        "User is not authorized to access this resource",
    ],
)
def test_other_text_stays(normalised, text):
    assert normalised.text(text) == text


def test_every_replacement_is_documented():
    used = {replacement for replacement, _ in PATTERNS} | set(HEADERS.values()) | {"{length}"}
    assert used | {"{gateway}", "{default-endpoint}", "{backend}"} == set(MEANINGS)


def answer(body=b"{}", *headers):
    return Answer(status=200, headers=headers, body=body)


def test_headers_are_in_lower_case_and_in_the_order_of_their_names(normalised):
    headers = normalised.headers(
        answer(
            b"{}",
            ("X-B", "2"),
            ("X-Amzn-RequestId", "abc"),
            ("Date", "now"),
            ("X-B", "1"),
            ("Set-Cookie", "session=secret"),
            ("Content-Length", "2"),
        )
    )
    assert headers == (
        ("content-length", "2"),
        ("date", "{date}"),
        ("set-cookie", "{secret}"),
        ("x-amzn-requestid", "{id}"),
        ("x-b", "1"),
        ("x-b", "2"),
    )


def test_a_length_is_replaced_with_a_body_that_varies(normalised):
    body = json.dumps({"kid": THUMBPRINT}).encode()
    assert normalised.headers(answer(body, ("Content-Length", "99"))) == (
        ("content-length", "{length}"),
    )


def test_a_json_body_is_sorted_and_replaced_at_every_depth(normalised):
    body = {"b": [TOKEN, 1, 249.99, True, None, 1795854600], "a": {THUMBPRINT: "x"}}
    assert normalised.body(json.dumps(body).encode()) == (
        {"a": {"{key}": "x"}, "b": ["{token}", 1, 249.99, True, None, "{time}"]},
        False,
    )


@pytest.mark.parametrize(
    ("body", "lines"),
    [(b"", []), (b"a\nb 192.0.2.1", ["a", "b {address}"]), (b"\xff", ["\ufffd"]), (b"{", ["{"])],
)
def test_any_other_body_is_lines_of_text(normalised, body, lines):
    assert normalised.body(body) == (lines, True)


@given(st.binary(max_size=100), st.text(max_size=30))
def test_no_answer_breaks_it_and_a_second_time_changes_nothing(body, value):
    normalised = Normaliser({"localhost": "{gateway}"})
    normalised.body(body)
    once = normalised.text(value)
    assert normalised.text(once) == once
