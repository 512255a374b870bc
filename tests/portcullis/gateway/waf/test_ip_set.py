"""IP sets agree with the standard library, and refuse what AWS refuses."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.ip_set import IpSet, parse_address

V4_NETWORKS = st.builds(
    lambda number, prefix: ipaddress.IPv4Network((number, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)
V6_NETWORKS = st.builds(
    lambda number, prefix: ipaddress.IPv6Network((number, prefix), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(1, 128),
)


@given(networks=st.lists(V4_NETWORKS, max_size=8), address=st.ip_addresses(v=4), pick=st.data())
def test_an_ipv4_set_agrees_with_the_standard_library(networks, address, pick):
    if networks and pick.draw(st.booleans()):
        inside = pick.draw(st.sampled_from(networks))
        address = inside[pick.draw(st.integers(0, inside.num_addresses - 1))]
    ours = IpSet("set", 4, [str(n) for n in networks])
    assert (parse_address(str(address)) in ours) == any(address in n for n in networks)


@given(networks=st.lists(V6_NETWORKS, max_size=8), address=st.ip_addresses(v=6), pick=st.data())
def test_an_ipv6_set_agrees_with_the_standard_library(networks, address, pick):
    if networks and pick.draw(st.booleans()):
        inside = pick.draw(st.sampled_from(networks))
        address = inside[pick.draw(st.integers(0, inside.num_addresses - 1))]
    if address.ipv4_mapped is None:
        ours = IpSet("set", 6, [str(n) for n in networks])
        assert (parse_address(str(address)) in ours) == any(address in n for n in networks)


@given(text=st.text(max_size=40))
def test_what_is_no_address_is_in_no_set(text):
    address = parse_address(text)
    try:
        expected = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        assert address is None
    else:
        assert address is not None
        assert address.version in {expected.version, 4}


def test_an_address_mapped_into_ipv6_counts_as_ipv4():
    allowed = IpSet("set", 4, ["192.0.2.0/24"])
    assert parse_address("::ffff:192.0.2.9") in allowed
    assert parse_address("::ffff:192.0.3.9") not in allowed


def test_an_address_of_the_other_version_is_never_in_a_set():
    assert parse_address("::1") not in IpSet("set", 4, ["0.0.0.0/1", "128.0.0.0/1"])
    assert parse_address("127.0.0.1") not in IpSet("set", 6, ["::/1", "8000::/1"])


@pytest.mark.parametrize(
    ("version", "cidrs", "words"),
    [
        (4, ["0.0.0.0/0"], "covers every address"),
        (6, ["::/0"], "covers every address"),
        (4, ["2001:db8::/32"], "IP version, 4"),
        (6, ["192.0.2.0/24"], "IP version, 6"),
        (4, ["192.0.2.0/33"], "not a CIDR"),
        (4, ["somewhere"], "not a CIDR"),
        (4, ["192.0.2.1"], "prefix length"),
        (4, ["10.0.0.0/32"] * 10_001, "more than 10,000"),
    ],
    ids=["v4 all", "v6 all", "v6 in v4", "v4 in v6", "prefix", "word", "no prefix", "too many"],
)
def test_what_aws_rejects_stops_the_start(version, cidrs, words):
    with pytest.raises(UnsupportedError, match=words):
        IpSet("set", version, cidrs)


def test_a_large_set_is_looked_up_by_prefix_length_not_by_entry():
    allowed = IpSet("set", 4, [f"10.{n // 256}.{n % 256}.0/24" for n in range(10_000)])
    assert len(allowed._networks) == 1
    assert parse_address("10.39.15.200") in allowed
    assert parse_address("10.39.16.200") not in allowed
