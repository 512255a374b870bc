"""Refuses an IP set with networks that are too wide for an allow-list."""

import ipaddress
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.reading import types
from policies.reading.node import UndecidedError
from policies.reading.resource import JudgedResource
from policies.rule import ResourceRule, Settings


def _check(ip_set: JudgedResource, settings: Settings) -> Iterator[str]:
    least = {4: settings["minimumPrefixIpv4"], 6: settings["minimumPrefixIpv6"]}
    if not ip_set["addresses"].present:
        yield "addresses is missing."
    for node in ip_set["addresses"].items():
        try:
            network = ipaddress.ip_network(node.text(), strict=False)
        except ValueError:
            raise UndecidedError(f"{node.path} must be a network in CIDR notation") from None
        if network.prefixlen < least[network.version]:
            yield f"{node.path} is wider than /{least[network.version]:g}."


RULE = ResourceRule(
    name="wafv2-ip-set-is-narrow",
    title="The networks of an IP set are narrow.",
    severity=Severity.HIGH,
    why=(
        "AWS WAF rejects /0, so an allow-list is usually opened with 0.0.0.0/1 and 128.0.0.0/1. A "
        "network that is wider than any organisation owns does not restrict access."
    ),
    fix='addresses=["203.0.113.0/24"]',
    page="Creating and managing an IP set",
    url="https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-managing.html",
    types=frozenset({types.IP_SET}),
    settings={
        "minimumPrefixIpv4": {
            "type": "integer",
            "minimum": 1,
            "maximum": 32,
            "default": 8,
            "description": "The widest IPv4 network that may be allowed.",
        },
        "minimumPrefixIpv6": {
            "type": "integer",
            "minimum": 1,
            "maximum": 128,
            "default": 19,
            "description": "The widest IPv6 network that may be allowed.",
        },
    },
    check=_check,
)
