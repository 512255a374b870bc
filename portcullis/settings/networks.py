"""Checks the networks of the allow-list."""

import ipaddress

from portcullis.settings.setting import TWICE, Problem

MAX_CIDRS_PER_FAMILY = 10_000  # AWS WAF quotas, addresses in one IP set
MIN_PREFIX = {4: 8, 6: 19}  # ours, as wafv2-ip-set-is-narrow has it (a test compares them)
# Half of IPv4, and half of the addresses that IANA assigns to the IPv6 internet, 2000::/3.
MAX_ADDRESSES = {4: 2**31, 6: 2**124}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def allowed_networks(cidrs: tuple[str, ...]) -> Problem | None:
    if not cidrs:
        return Problem(because="it is empty, so no client could call", index=0)
    seen: set[str] = set()
    networks: dict[int, list[Network]] = {4: [], 6: []}
    for index, text in enumerate(cidrs):
        if problem := TWICE if text in seen else _cidr(text):
            return problem.at(index)
        seen.add(text)
        network = ipaddress.ip_network(text)
        networks[network.version].append(network)
        if len(networks[network.version]) > MAX_CIDRS_PER_FAMILY:
            return Problem(
                because=f"one IP set holds {MAX_CIDRS_PER_FAMILY:,} IPv{network.version} networks",
                index=index,
                surplus=True,
            )
    for version, family in networks.items():
        if _count(family) > MAX_ADDRESSES[version]:
            widest = max(family, key=lambda network: network.num_addresses)
            return Problem(
                because=f"together they allow more than half of all IPv{version} addresses",
                index=cidrs.index(str(widest)),
                surplus=True,
            )
    return None


def _count(family: list[Network]) -> int:
    """How many addresses the networks allow together."""
    merged = ipaddress.collapse_addresses(family)  # type: ignore[type-var] # one version at a time
    return sum(network.num_addresses for network in merged)


def _cidr(text: str) -> Problem | None:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return Problem(because="it is not a CIDR")
    canonical = str(network)
    if "%" in canonical:
        return Problem(because="it has an interface as zone, which AWS does not know")
    if network.prefixlen == 0:
        return Problem(because="it allows every address, and AWS WAF refuses a /0")
    if network.prefixlen < MIN_PREFIX[network.version]:
        return Problem(because=f"it is wider than /{MIN_PREFIX[network.version]}")
    if text == canonical:
        return None
    reason = "host bits are set, the network is" if _has_host_bits(text) else "it must be written"
    return Problem(because=f"{reason} {canonical}", suggestion=canonical)


def _has_host_bits(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return True
    return False
