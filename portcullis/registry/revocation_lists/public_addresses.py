"""Tells addresses of the public internet from those that lead into a private network.

An IPv6 address may stand for an IPv4 one: mapped (::ffff:0:0/96), translated (NAT64, RFC 6052 and
8215), tunnelled (6to4, RFC 3056; Teredo, RFC 4380) or compatible (::/96). Of these only the NAT64
prefix that RFC 6052 reserves is in use on the public internet; it counts as the IPv4 address in it.
A translator's own prefix cannot be recognized: it looks like any public address.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
_OTHER_FORMS: Final = tuple(
    IPv6Network(text) for text in ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)


def is_public(address: str) -> bool:
    """Whether this is a public unicast address."""
    found: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(found, IPv6Address):
        if found in _NAT64:
            found = IPv4Address(int(found) & 0xFFFFFFFF)
        elif any(found in network for network in _OTHER_FORMS):
            return False
        else:
            found = found.ipv4_mapped or found
    return found.is_global and not found.is_multicast
