"""Host names in their one form, and addresses in any form that a resolver reads."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.settings.host_names import HOST_NAME, address_of, domain_name, fault_of_host


@pytest.mark.parametrize(
    "host", ["localhost", "a.b", "petstore.example.com", "xn--bcher-kva.example", "1.example"]
)
def test_a_host_name_has_no_fault(host):
    assert fault_of_host(host) is None


@pytest.mark.parametrize(
    ("host", "fault"),
    [
        ("todo", "single label"),
        ("a..b", "not a host name"),
        (".a.b", "not a host name"),
        ("a.b.", "not a host name"),
        ("-a.b", "not a host name"),
        (f"{'a' * 64}.b", "not a host name"),
        ("10.1", "unusual form"),
        ("0x7f.0x1", "unusual form"),
        ("127.0.0.01", "unusual form"),
        ("2130706433", "single label"),
    ],
)
def test_a_fault_is_named(host, fault):
    assert fault in fault_of_host(host)


@pytest.mark.parametrize("text", ["203.0.113.7", "2001:db8::1", "[2001:db8::1]"])
def test_an_address_as_domain_is_called_an_address(text):
    assert "it is an IP address" in domain_name(text).because


def test_a_mapped_address_is_the_ipv4_address():
    assert address_of("::ffff:169.254.169.254") == ipaddress.ip_address("169.254.169.254")
    assert address_of("petstore.example.com") is None


@given(st.from_regex(r"[a-zA-Z0-9.:-]{1,70}", fullmatch=True))
def test_an_accepted_domain_is_a_name_of_at_most_64_characters(text):
    if domain_name(text) is None:
        assert HOST_NAME.fullmatch(text) or text == "localhost"
        assert len(text) <= 64
        assert address_of(text) is None


@given(st.from_regex(r" ?(https://)?[a-zA-Z0-9.]{1,40}/?", fullmatch=True))
def test_a_suggested_domain_is_accepted(text):
    problem = domain_name(text)
    if problem and problem.suggestion:
        assert domain_name(problem.suggestion) is None
