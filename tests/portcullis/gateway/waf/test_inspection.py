"""Parsed parts of a request."""

import json

import pytest

from portcullis.gateway.waf.inspection import (
    Inspection,
    json_at,
    json_elements,
    parse_json,
    wire_bytes,
)
from portcullis.gateway.waf.ip_set import Address


def test_arguments_are_split_and_not_decoded(request_of):
    inspection = Inspection(request_of("/?a=1&b=%41&&c&a=x=y"))
    assert inspection.arguments == (
        (b"a", b"1"),
        (b"b", b"%41"),
        (b"c", b""),
        (b"a", b"x=y"),
    )


def test_cookies_of_every_cookie_header_are_read(request_of):
    headers = (("Cookie", "a=1; b = 2;"), ("cookie", "c; a=3"))
    assert Inspection(request_of(headers=headers)).cookies == (
        (b"a", b"1"),
        (b"b", b"2"),
        (b"c", b""),
        (b"a", b"3"),
    )


def test_headers_are_the_bytes_that_were_received(request_of):
    headers = (("X-A", "\xe4"), ("x-a", "2"))
    inspection = Inspection(request_of(headers=headers))
    assert inspection.headers == ((b"X-A", b"\xe4"), (b"x-a", b"2"))
    assert inspection.header("x-a") == ["\xe4", "2"]
    assert wire_bytes("€") == "€".encode()


@pytest.mark.parametrize(("source", "version"), [("192.0.2.1", 4), ("2001:db8::1", 6)])
def test_the_source_is_parsed(request_of, source, version):
    address = Inspection(request_of(source_ip=source)).source
    assert isinstance(address, Address)
    assert address.version == version
    assert Inspection(request_of(source_ip="nowhere")).source is None


@pytest.mark.parametrize("body", [b"", b"1", b'"a"', b"{", b"[" * 100_000, b"\xff"])
def test_only_an_object_or_array_is_a_json_body(body):
    with pytest.raises(ValueError):  # noqa: PT011 - several readers, one kind of error
        parse_json(body)


def test_keys_and_values_are_chosen_apart_and_duplicates_kept():
    parsed = parse_json(b'{"a": 1, "a": [true, null, {"b": "x"}]}')
    assert sorted(json_elements(parsed, keys=True, values=False)) == [b"a", b"a", b"b"]
    assert sorted(json_elements(parsed, keys=False, values=True)) == [
        b"1", b"null", b"true", b"x"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        (("a",), ["1", '["x"]']),
        (("a", "0"), ['"x"']),
        (("a", "1"), []),
        (("a", "-1"), []),
        (("b",), []),
    ],
)
def test_a_pointer_reaches_every_duplicate(pointer, found):
    parsed = parse_json(b'{"a": 1, "a": ["x"]}')
    assert [json.dumps(element) for element in json_at(parsed, pointer)] == found
