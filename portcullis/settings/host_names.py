"""Checks host names: the stack's own domain, and the host of a backend.

Source: RFC 1123 section 2.1; RFC 1035 section 2.3.4; ACM User Guide, "Request a public
certificate".
"""

import ipaddress
import re

from portcullis.settings.checks import first_accepted
from portcullis.settings.setting import Problem

MAX_DOMAIN_LENGTH = 64  # ACM User Guide: the first name of a certificate, its common name
LOCALHOST = "localhost"
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)+{LABEL}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def domain_name(text: str) -> Problem | None:
    """A host name that ACM issues a certificate for, or ``localhost``."""
    because = _fault_of_domain(text)
    if because is None:
        return None
    suggestion = first_accepted(
        text,
        lambda other: _fault_of_domain(other) is None,
        lambda other: other.lower().removeprefix("https://").rstrip("/."),
    )
    return Problem(because=because, suggestion=suggestion)


def fault_of_host(host: str) -> str | None:
    """What is wrong with a host name in lower case; an address is not a host name."""
    if host == LOCALHOST:
        return None
    if "." not in host:
        return "its host is a single label"
    if not HOST_NAME.fullmatch(host):
        return "its host is not a host name"
    # A resolver reads 10.1, 0x7f.1 and 127.0.0.01 as addresses.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return "its host is an IP address in an unusual form"
    return None


def address_of(host: str) -> Address | None:
    """The IP address that the host is written as, an IPv4-mapped one as IPv4."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _fault_of_domain(text: str) -> str | None:
    if text == LOCALHOST:
        return None
    if address_of(text.strip("[]")) is not None:
        return "it is an IP address, and ACM issues certificates for names only"
    if len(text) > MAX_DOMAIN_LENGTH:
        return f"it has more than {MAX_DOMAIN_LENGTH} characters, the most that ACM accepts"
    if not HOST_NAME.fullmatch(text) or fault_of_host(text):
        return "it is not a host name of two or more labels in lower case"
    return None
