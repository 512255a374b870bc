"""Checks names from users before they become SANs, subjects or file names."""

import ipaddress
import re
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from portcullis.pki.errors import IdentityError

SAN_URI_PREFIX: Final = "spiffe://portcullis.local/client/"  # laptop and default trust domain

_CLIENT_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986 section 2
_MAX_DNS_NAME = 253  # RFC 1035 section 2.3.4, without the final dot
_MAX_ORGANIZATION = 64  # RFC 5280 appendix A.1, ub-organization-name
_MAX_URI = 2048  # SPIFFE-ID section 2.4


def client_id(text: str) -> str:
    """The client id, if it is safe as a common name and as a file name on any system."""
    if not _CLIENT_ID.fullmatch(text):
        raise IdentityError(
            "client id",
            text,
            "1 to 64 of a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends.",
        )
    return text


def organization(text: str) -> str:
    """The name, if it may be the O of a subject."""
    if not (text.strip() and text.isprintable() and len(text) <= _MAX_ORGANIZATION):
        raise IdentityError("organization", text, f"1 to {_MAX_ORGANIZATION} printable characters.")
    return text


def default_san_uri(client: str) -> str:
    return SAN_URI_PREFIX + client_id(client)


def san_uri(text: str) -> x509.UniformResourceIdentifier:
    """An absolute URI that names one workload: no query, fragment or user in it."""
    try:
        parts = urlsplit(text)
        has_extras = bool(parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        parts, has_extras = urlsplit(""), True
    if (
        has_extras
        or not parts.scheme
        or not (parts.netloc or parts.path)
        or len(text) > _MAX_URI
        or not _URI.fullmatch(text)
    ):
        raise IdentityError(
            "SAN URI",
            text,
            "an absolute URI in ASCII without user, query or fragment, for example "
            f"{SAN_URI_PREFIX}shop",
        )
    return x509.UniformResourceIdentifier(text)


def san_dns(text: str) -> x509.DNSName:
    """A DNS name in ASCII (an international one in its ``xn--`` form)."""
    if not _is_dns_name(text):
        raise IdentityError(
            "SAN DNS name",
            text,
            "labels of letters, digits and '-' joined by dots, at most 253 characters, for "
            "example shop.partner.example (an international name in its xn-- form).",
        )
    return x509.DNSName(text.lower())


def host(text: str) -> x509.DNSName | x509.IPAddress:
    """A name for a server certificate: a DNS name, ``*.`` in front allowed, or an IP address."""
    with suppress(ValueError):
        if "%" not in text:  # a zone such as in fe80::1%eth0 is local to a machine
            return x509.IPAddress(ipaddress.ip_address(text))
    if not _is_dns_name(text.removeprefix("*.")) or _looks_like_an_address(text):
        raise IdentityError(
            "host", text, "a DNS name like localhost or *.example.test, or an IP address."
        )
    return x509.DNSName(text.lower())


def host_file_stem(text: str) -> str:
    """A file name for a host, without ``*`` and ``:``, which some systems forbid."""
    name = host(text)
    if isinstance(name, x509.IPAddress):
        return str(name.value).replace(":", "-")
    return name.value.replace("*", "_")


def _is_dns_name(text: str) -> bool:
    return len(text) <= _MAX_DNS_NAME and all(_LABEL.fullmatch(part) for part in text.split("."))


def _looks_like_an_address(text: str) -> bool:
    # 127.1 and 256.0.0.1 are valid DNS names, but resolvers read them as addresses.
    return text.rpartition(".")[2].isdigit()
