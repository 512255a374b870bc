"""Checks the address of a backend."""

import ipaddress
import re
from urllib.parse import unquote, urlsplit

from portcullis.settings.checks import first_accepted
from portcullis.settings.host_names import Address, address_of, fault_of_host
from portcullis.settings.setting import Problem

# EC2 User Guide, "Instance metadata"; ECS Developer Guide, "Task metadata endpoint".
_METADATA = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fd00:ec2::/32"))


def backend_address(url: str) -> Problem | None:
    if "@" in url:  # first, so that no later message repeats a password
        return Problem(because="it contains credentials", shown=f"is {_without_userinfo(url)!r}")
    because = _fault(url)
    if because is None:
        return None
    suggestion = first_accepted(url, lambda other: _fault(other) is None, _https, _without_dot)
    return Problem(because=because, suggestion=suggestion)


def fault_on_aws(url: str, domain: str, *, is_private: bool = False) -> str | None:
    """Why API Gateway cannot call an accepted address, or must not.

    ``is_private``: it is called through a VPC link.
    """
    host = urlsplit(url).hostname or ""
    if host == domain:
        return "its host is the stack's own domain, so every call would come back"
    address = address_of(host)
    # Loopback stays: on the laptop, every stack's backend is on the same machine.
    if not is_private and address is not None and not (address.is_global or address.is_loopback):
        return "its host is not on the internet, and API Gateway cannot reach it"
    return None


def _fault(url: str) -> str | None:
    return _fault_of_text(url) or _fault_of_parts(url)


def _fault_of_text(url: str) -> str | None:
    # A brace or a dollar would become a path parameter or a stage variable of API Gateway.
    if not re.fullmatch(r"[A-Za-z0-9\-._~:/\[\]%#?]+", url):
        return "it contains a character that is not allowed"
    if "#" in url or "?" in url:
        return "it contains a fragment or a query, which API Gateway does not forward"
    if not url.startswith(("http://", "https://")):
        return "it does not start with http:// or https://"
    return None


def _fault_of_parts(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or parts.netloc.endswith(":"):
        return "its host or port is not valid"
    return _fault_of_address(host) or _fault_of_path(parts.path)


def _fault_of_address(host: str) -> str | None:
    if "%" in host:  # a zone of an IPv6 address, or an escape that some clients decode
        return "its host contains a percent sign"
    address = address_of(host)
    if address is None:
        return fault_of_host(host)
    if _is_metadata(address):
        return "its host is a link-local or metadata address"
    if address.is_multicast or address.is_unspecified:
        return "its host is not the address of one machine"
    return None


def _is_metadata(address: Address) -> bool:
    return address.is_link_local or any(
        address.version == network.version and address in network for network in _METADATA
    )


def _fault_of_path(path: str) -> str | None:
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return "its path contains a percent sign that escapes nothing"
    decoded = unquote(path)
    if re.search(r"%(2f|5c|25|[01][0-9a-f]|7f)", path, re.IGNORECASE):
        return "its path contains an escaped slash, backslash, percent sign or control character"
    if "//" in path or {".", ".."} & set(decoded.split("/")):
        return "its path has an empty, '.' or '..' segment"
    return None


def _https(url: str) -> str:
    """The address with its scheme and host in lower case, and with https where it has none."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "https", url.lstrip("/")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"


def _without_dot(url: str) -> str:
    """The address without the dot at the end of its host."""
    return re.sub(r"^(https?://[^/:]*[^/:.])\.(?=[:/]|$)", r"\1", _https(url))


def _without_userinfo(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host = rest.rpartition("@")[2] if separator else url.rpartition("@")[2]
    return f"{scheme}://***@{host}" if separator else f"***@{host}"
