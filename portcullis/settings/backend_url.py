"""Checks the address of a backend."""

import re
from urllib.parse import urlsplit

from portcullis.settings.setting import Problem


def backend_address(url: str) -> Problem | None:
    if "@" in url:  # first, so that no later message repeats a password
        return Problem(because="it contains credentials", shown=f"is {_without_userinfo(url)!r}")
    because = _malformed_text(url) or _malformed_url(url)
    return Problem(because=because) if because else None


def _malformed_text(url: str) -> str | None:
    # A brace or a dollar would become a path parameter or a stage variable of API Gateway.
    if not re.fullmatch(r"[A-Za-z0-9\-._~:/\[\]%#?]+", url):
        return "it contains a character that is not allowed"
    if "#" in url or "?" in url:
        return "it contains a fragment or a query, which API Gateway does not forward"
    if not url.startswith(("http://", "https://")):
        return "it does not start with http:// or https://"
    return None


def _malformed_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0:
        return "its host or port is not valid"
    if "//" in parts.path or {".", ".."} & set(parts.path.split("/")):
        return "its path has an empty, '.' or '..' segment"
    return None


def _without_userinfo(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host = rest.rpartition("@")[2] if separator else url.rpartition("@")[2]
    return f"{scheme}://***@{host}" if separator else f"***@{host}"
