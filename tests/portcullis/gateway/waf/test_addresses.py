"""IP set statements on the source address and on forwarded addresses."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.portcullis.gateway.waf.written import (
    ALLOWED,
    MANY,
    V6,
)


@pytest.mark.parametrize(
    ("arn", "source", "expected"),
    [
        (ALLOWED, "203.0.113.200", True),
        (ALLOWED, "203.0.114.1", False),
        (ALLOWED, "::ffff:203.0.113.1", True),
        (ALLOWED, "2001:db8::1", False),
        (V6, "2001:db8:ffff::1", True),
        (V6, "::1", True),
        (V6, "::2", False),
        (MANY, "198.51.100.127", True),
        (MANY, "198.51.100.128", False),
        (MANY, "nowhere", False),
    ],
)
def test_an_ip_set_matches_its_addresses(matches, arn, source, expected):
    assert matches({"ipSetReferenceStatement": {"arn": arn}}, source_ip=source) is expected


@pytest.mark.parametrize(
    ("position", "value", "expected"),
    [
        ("FIRST", "203.0.113.1, 192.0.2.1", True),
        ("FIRST", "192.0.2.1, 203.0.113.1", False),
        ("LAST", "192.0.2.1, 203.0.113.1", True),
        ("LAST", "203.0.113.1, 192.0.2.1", False),
        ("ANY", "192.0.2.1, 203.0.113.1, 192.0.2.2", True),
        ("ANY", "192.0.2.1, 192.0.2.2", False),
        ("ANY", "203.0.113.1" + ", 192.0.2.1" * 10, False),
        ("FIRST", "somewhere", False),
        ("FIRST", None, False),
    ],
)
def test_a_forwarded_address_is_read_at_its_position(matches, position, value, expected):
    forwarded = {
        "headerName": "X-Forwarded-For",
        "fallbackBehavior": "NO_MATCH",
        "position": position,
    }
    statement = {"ipSetReferenceStatement": {"arn": ALLOWED, "ipSetForwardedIpConfig": forwarded}}
    headers = () if value is None else (("x-forwarded-for", value),)
    assert matches(statement, headers=headers, source_ip="192.0.2.99") is expected


def test_a_malformed_forwarded_address_takes_the_fallback_and_a_missing_header_does_not(matches):
    forwarded = {"headerName": "X-F", "fallbackBehavior": "MATCH", "position": "ANY"}
    statement = {"ipSetReferenceStatement": {"arn": ALLOWED, "ipSetForwardedIpConfig": forwarded}}
    assert matches(statement, headers=(("X-F", "192.0.2.1; 192.0.2.2"),))
    assert not matches(statement)


FORWARDED = {"headerName": "X-F", "fallbackBehavior": "MATCH", "position": "ANY"}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"arn": "arn:gone"}, "arn:gone"),
        ({"arn": ALLOWED, "surprise": 1}, "surprise"),
        ({"arn": ALLOWED, "ipSetForwardedIpConfig": FORWARDED | {"position": "SECOND"}}, "SECOND"),
        (
            {"arn": ALLOWED, "ipSetForwardedIpConfig": FORWARDED | {"fallbackBehavior": "GUESS"}},
            "GUESS",
        ),
    ],
)
def test_an_ip_set_statement_that_is_not_possible_stops_the_start(matches, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        matches({"ipSetReferenceStatement": properties})
