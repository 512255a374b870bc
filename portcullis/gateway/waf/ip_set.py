"""IP sets, with one look-up per prefix length instead of one per entry."""

import ipaddress
import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from portcullis.gateway.resources.unsupported import UnsupportedError

MAX_ADDRESSES = 10_000  # AWS WAF quotas
BITS = {4: 32, 6: 128}
_V4_MAPPED = b"\0" * 10 + b"\xff\xff"


class Address(NamedTuple):
    """An IP address as a number."""

    version: int
    number: int


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """None for an invalid address. An IPv4 address mapped into IPv6 counts as IPv4."""
    text = text.partition("%")[0]
    try:
        return Address(4, int.from_bytes(socket.inet_pton(socket.AF_INET, text)))
    except (OSError, ValueError):
        pass
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed.startswith(_V4_MAPPED):
        return Address(4, int.from_bytes(packed[12:]))
    return Address(6, int.from_bytes(packed))


class IpSet:
    """The addresses of one ``aws:wafv2/ipSet:IpSet``, of one IP version."""

    def __init__(self, resource: str, version: int, cidrs: Iterable[str]) -> None:
        self.version = version
        networks: dict[int, set[int]] = {}  # network numbers by the number of host bits
        for count, cidr in enumerate(cidrs, start=1):
            if count > MAX_ADDRESSES:
                raise UnsupportedError(resource, f"it has more than {MAX_ADDRESSES:,} addresses")
            host_bits, number = _network(resource, version, cidr)
            networks.setdefault(host_bits, set()).add(number)
        self._networks = tuple(sorted(networks.items()))

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, Address) or address.version != self.version:
            return False
        number = address.number
        for bits, numbers in self._networks:  # noqa: SIM110 - a generator takes twice as long
            if number >> bits in numbers:
                return True
        return False


def _network(resource: str, version: int, cidr: str) -> tuple[int, int]:
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        raise UnsupportedError(resource, f"{cidr!r} is not a CIDR range") from None
    if "/" not in cidr:
        raise UnsupportedError(resource, f"{cidr!r} has no prefix length, which AWS WAF requires")
    if network.version != version:
        raise UnsupportedError(resource, f"{cidr} is not of the set's IP version, {version}")
    if network.prefixlen == 0:
        raise UnsupportedError(resource, f"{cidr} covers every address, which AWS WAF rejects")
    bits = BITS[version] - network.prefixlen
    return bits, int(network.network_address) >> bits
