"""Refuses IP sets with networks that are too wide for an allow-list."""

import ipaddress
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource, Stack
from policies.reading.web_acl import every_statement, field, rules
from policies.rule import WAF_GUIDE, Settings, StackRule
from policies.setting import integer

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
BITS = {4: 32, 6: 128}


def _check(resource: JudgedResource, stack: Stack, settings: Settings) -> Iterator[str]:
    if resource.type == types.WEB_ACL:
        together = [n for ip_set in _ip_sets(resource, stack) for _, n in _networks(ip_set)]
        for message in _wider_than_allowed(together, settings):
            yield f"its IP sets together {message}"
        return
    if not resource["addresses"].present:
        yield "addresses is missing."
    networks = _networks(resource)
    for path, network in networks:
        least = settings[f"minimumPrefixIpv{network.version}"]
        if network.prefixlen < least:
            yield f"{path} is wider than /{least:g}."
    for message in _wider_than_allowed([network for _, network in networks], settings):
        yield f"addresses {message}"


def _networks(ip_set: JudgedResource) -> list[tuple[str, Network]]:
    found = []
    for node in ip_set["addresses"].items():
        try:
            found.append((node.path, ipaddress.ip_network(node.text(), strict=False)))
        except ValueError:
            raise UndecidedError(f"{node.path} must be a network in CIDR notation") from None
    return found


def _wider_than_allowed(networks: list[Network], settings: Settings) -> Iterator[str]:
    """Narrow networks may add up to a wide one: what counts is the addresses in all of them."""
    for version, bits in BITS.items():
        least = settings[f"minimumTotalPrefixIpv{version}"]
        merged = ipaddress.collapse_addresses([n for n in networks if n.version == version])  # type: ignore[type-var]  # one version
        if sum(network.num_addresses for network in merged) > 2 ** (bits - least):
            yield f"contain more IPv{version} addresses than one /{least:g}."


def _ip_sets(acl: JudgedResource, stack: Stack) -> list[JudgedResource]:
    """The IP sets that the rules of a web ACL refer to, in this stack."""
    found = {}
    for rule in rules(acl, stack):
        referred = [
            field(statement.node, "arn")
            for statement in every_statement(rule)
            if statement.kind == "ipsetreference"
        ]
        for ip_set in stack.used_by(rule.owner, rule.key, types.IP_SET) if referred else ():
            arn = ip_set["arn"]
            if any(not (one.known and arn.known) or one.text() == arn.text() for one in referred):
                found[ip_set.urn] = ip_set
    return list(found.values())


RULE = StackRule(
    name="wafv2-ip-set-is-narrow",
    title="The networks of an IP set are narrow, each and together.",
    severity=Severity.HIGH,
    why=(
        "AWS WAF rejects /0, so an allow-list is usually opened with 0.0.0.0/1 and 128.0.0.0/1. A "
        "network that is wider than any organisation owns does not restrict access. Neither do "
        "many narrower networks that add up to one, in one IP set or in several of a web ACL."
    ),
    fix='addresses=["203.0.113.0/24"]',
    page="Creating and managing an IP set",
    url=WAF_GUIDE + "waf-ip-set-managing.html",
    types=frozenset({types.IP_SET, types.WEB_ACL}),
    settings={
        "minimumPrefixIpv4": integer(
            "The widest IPv4 network that may be allowed.", default=8, minimum=1, maximum=32
        ),
        "minimumPrefixIpv6": integer(
            "The widest IPv6 network that may be allowed.", default=19, minimum=1, maximum=128
        ),
        "minimumTotalPrefixIpv4": integer(
            "All IPv4 networks together have at most as many addresses as this one.",
            default=6,
            minimum=1,
            maximum=32,
        ),
        "minimumTotalPrefixIpv6": integer(
            "All IPv6 networks together have at most as many addresses as this one.",
            default=17,
            minimum=1,
            maximum=128,
        ),
    },
    check=_check,
)
