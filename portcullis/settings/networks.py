"""Checks the networks of the allow-list."""

import ipaddress

from portcullis.settings.setting import TWICE, Problem

MAX_CIDRS_PER_FAMILY = 10_000  # AWS WAF quotas, addresses in one IP set


def allowed_networks(cidrs: tuple[str, ...]) -> Problem | None:
    if not cidrs:
        return Problem(because="it is empty, so no client could call", index=0)
    seen: set[str] = set()
    counts = {4: 0, 6: 0}
    for index, text in enumerate(cidrs):
        if problem := TWICE if text in seen else _cidr(text):
            return problem.at(index)
        seen.add(text)
        version = ipaddress.ip_network(text).version
        counts[version] += 1
        if counts[version] > MAX_CIDRS_PER_FAMILY:
            return Problem(
                because=f"one IP set holds {MAX_CIDRS_PER_FAMILY:,} IPv{version} networks",
                index=index,
                surplus=True,
            )
    return None


def _cidr(text: str) -> Problem | None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Problem(because="it is not a CIDR")
    canonical = str(network)
    if "%" in canonical:
        return Problem(because="it has an interface as zone, which AWS does not know")
    if network.prefixlen == 0:
        return Problem(because="it allows every address, and AWS WAF refuses a /0")
    if text != canonical and _has_host_bits(text):
        return Problem(
            because=f"host bits are set, the network is {canonical}", suggestion=canonical
        )
    if text != canonical:
        return Problem(because=f"it must be written {canonical}", suggestion=canonical)
    return None


def _has_host_bits(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return True
    return False
