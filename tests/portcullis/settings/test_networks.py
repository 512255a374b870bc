"""Networks of the allow-list: one spelling, no host bits, no /0, no more than AWS takes."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.settings.networks import MAX_CIDRS_PER_FAMILY, MIN_PREFIX
from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import good, require_mended

REFUSED = {
    "no address": {"portcullis:allowedCidrs": "[]"},
    "the whole IPv4 internet": {"portcullis:allowedCidrs": '["0.0.0.0/0"]'},
    "the whole IPv6 internet": {"portcullis:allowedCidrs": '["::/0"]'},
    "host bits": {"portcullis:allowedCidrs": '["203.0.113.7/24"]'},
    "IPv6 host bits": {"portcullis:allowedCidrs": '["203.0.113.0/24", "2001:db8::1/32"]'},
    "bare address": {"portcullis:allowedCidrs": '["203.0.113.7"]'},
    "netmask": {"portcullis:allowedCidrs": '["203.0.113.0/255.255.255.0"]'},
    "IPv6 in capitals": {"portcullis:allowedCidrs": '["2001:DB8::/32"]'},
    "leading zero": {"portcullis:allowedCidrs": '["203.0.113.010/32"]'},
    "scoped": {"portcullis:allowedCidrs": '["fe80::1%eth0/128"]'},
    "twice": {"portcullis:allowedCidrs": '["203.0.113.0/24", "203.0.113.0/24"]'},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_more_networks_than_an_ip_set_holds_are_refused():
    # Every other /32: nothing here may be merged.
    base = int(ipaddress.IPv4Address("10.0.0.0"))
    cidrs = tuple(f"{ipaddress.IPv4Address(base + 2 * n)}/32" for n in range(MAX_CIDRS_PER_FAMILY))
    assert len(good(allowed_cidrs=cidrs).allowed_cidrs) == MAX_CIDRS_PER_FAMILY
    with pytest.raises(SettingError, match=r"allowedCidrs\[10000\].*holds 10,000 IPv4 networks"):
        good(allowed_cidrs=(*cidrs, "192.0.2.0/24"))
    # The other family has an IP set of its own.
    good(allowed_cidrs=(*cidrs, "2001:db8::/32"))


@given(st.text() | st.from_regex(r"[0-9a-fA-F:./%]{1,45}", fullmatch=True))
def test_an_accepted_cidr_is_one_that_aws_takes(text):
    try:
        good(allowed_cidrs=(text,))
    except SettingError:
        return
    network = ipaddress.ip_network(text)
    assert str(network) == text
    assert network.prefixlen >= MIN_PREFIX[network.version]


@given(st.ip_addresses(), st.integers(1, 128))
def test_every_network_in_its_one_spelling_is_accepted(address, prefix):
    length = min(prefix, address.max_prefixlen)
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    if "%" not in str(network) and length >= MIN_PREFIX[network.version]:
        good(allowed_cidrs=(str(network),))


@pytest.mark.parametrize(
    "cidrs",
    [
        ("0.0.0.0/1", "128.0.0.0/1"),
        ("203.0.113.0/24", "16.0.0.0/7"),
        ("2000::/3",),
        ("2000::/18",),
    ],
)
def test_a_network_wider_than_one_organisation_is_refused(cidrs):
    with pytest.raises(SettingError, match="it is wider than /"):
        good(allowed_cidrs=cidrs)


def test_networks_that_together_are_half_of_the_internet_are_refused():
    half = tuple(f"{n}.0.0.0/8" for n in range(128))
    assert len(good(allowed_cidrs=half).allowed_cidrs) == 128
    with pytest.raises(SettingError, match=r"more than half of all IPv4 addresses\..* config rm"):
        good(allowed_cidrs=(*half, "203.0.113.0/24"))
    # Each network counts once, whatever stands inside it.
    good(allowed_cidrs=(*half, *(f"10.{n}.0.0/16" for n in range(256))))
