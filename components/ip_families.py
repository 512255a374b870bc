"""Networks by address family: an IP set holds one family, and IPv6 needs dual stack endpoints."""

from collections.abc import Iterable
from ipaddress import ip_network

IPV4, IPV6 = 4, 6


def by_family(cidrs: Iterable[str]) -> dict[int, list[str]]:
    """The networks of each IP version in use, 4 before 6, in the given order."""
    networks = [ip_network(cidr) for cidr in cidrs]
    families = {
        version: [str(network) for network in networks if network.version == version]
        for version in (IPV4, IPV6)
    }
    return {version: listed for version, listed in families.items() if listed}


def endpoint_address_type(*, dual_stack: bool) -> str:
    """API Gateway's ``ipAddressType`` of a regional endpoint."""
    return "dualstack" if dual_stack else "ipv4"
