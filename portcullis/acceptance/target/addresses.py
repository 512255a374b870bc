"""The loopback addresses that a run calls from: allowed ones, ones to flood from, a blocked one."""

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

IPV4_LOOPBACK: Final = "127.0.0.1"
IPV6_LOOPBACK: Final = "::1"
MAX_SOURCES = 199  # 127.0.0.1 to 127.0.0.199 in the laptop's own allow-list
MAX_FLOOD_SOURCES = 50
_BLOCKED_CANDIDATES = ("127.0.1.1", "127.1.0.1", "127.200.0.1", IPV6_LOOPBACK)
_LOOPBACK_NETWORK = ipaddress.IPv4Network("127.0.0.0/8")


@dataclass(frozen=True, kw_only=True)
class SourceAddresses:
    """Empty or None: this machine has no such address."""

    allowed: tuple[str, ...] = ()
    flood: tuple[str, ...] = ()  # allowed ones for the rate limit to block; no other case uses them
    blocked: str | None = None


def loopback_sources(allowed_cidrs: Sequence[str]) -> SourceAddresses:
    """The source addresses on this machine for an allow-list."""
    networks = [ipaddress.ip_network(cidr) for cidr in allowed_cidrs]
    usable = list(islice(_allowed(networks), MAX_SOURCES + MAX_FLOOD_SOURCES))
    split = len(usable) - min(MAX_FLOOD_SOURCES, len(usable) // 2)
    return SourceAddresses(
        allowed=tuple(usable[:split]),
        flood=tuple(usable[split:]),
        blocked=next((a for a in _BLOCKED_CANDIDATES if _is_blocked(a, networks)), None),
    )


def destination_for(source: str) -> str:
    """The loopback address that this source can connect to."""
    return IPV6_LOOPBACK if ":" in source else IPV4_LOOPBACK


def _allowed(networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> Iterator[str]:
    """IPv4 addresses first: there are many of them."""
    for network in networks:
        if network.version == _LOOPBACK_NETWORK.version and network.subnet_of(_LOOPBACK_NETWORK):
            yield from map(str, network.hosts())
    if any(_contains(network, IPV6_LOOPBACK) for network in networks) and has_ipv6():
        yield IPV6_LOOPBACK


def _is_blocked(
    address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    if any(_contains(network, address) for network in networks):
        return False
    return address != IPV6_LOOPBACK or has_ipv6()


def _contains(network: ipaddress.IPv4Network | ipaddress.IPv6Network, address: str) -> bool:
    return ipaddress.ip_address(address) in network


def has_ipv6() -> bool:
    """Whether this machine has the loopback address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind((IPV6_LOOPBACK, 0))
    except OSError:
        return False
    return True
