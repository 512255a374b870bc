"""Which addresses a certificate may send `fetch-crl` to."""

import pytest

from portcullis.registry.revocation_lists.public_addresses import is_public

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1"),  # noqa: S104
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "::10.0.0.1", "::8.8.8.8"),
]
EMBEDDED = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1"]


def octets(address):
    return "{:02x}{:02x}:{:02x}{:02x}".format(*map(int, address.split(".")))


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", EMBEDDED)
@pytest.mark.parametrize(
    "form",
    [
        "::ffff:{}",  # mapped
        "64:ff9b::{}",  # NAT64, RFC 6052
        "64:ff9b:1::{}",  # NAT64 of a network of its own, RFC 8215
        "2002:{}::1",  # 6to4
        "2001:0:4136:e378:8000:63bf:{}",  # Teredo; the address in it is written inverted
        "::{}",  # IPv4-compatible
    ],
)
def test_ipv6_forms_of_private_addresses_are_not_public(address, form):
    assert not is_public(form.format(octets(address)))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450:4001::1"],
)
def test_public_addresses_are(address):
    assert is_public(address)


def test_a_tunnel_to_a_public_address_is_not_used():
    assert not is_public("2002:808:808::1")
    assert not is_public("2001:0:808:808::1")
