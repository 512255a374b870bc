"""Writes a request to a backend: where its URL leads, and its bytes.

Sources: RFC 9112 section 3; RFC 9110 sections 7.2 and 7.6.1.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from portcullis.gateway.edge.http_response import (
    UnwritableHeaderError,
    head_bytes,
    without_connection_fields,
)
from portcullis.gateway.exchange import UpstreamError

_METHOD = re.compile(r"[A-Z]{3,16}")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-\"$-\[\]-~]*)?"  # visible characters but # and backslash
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORT_LIMIT = 65535


class Origin(NamedTuple):
    """Scheme, host and port of a backend."""

    scheme: str
    host: str
    port: int
    authority: str  # as the Host header names it


@lru_cache(maxsize=256)
def split_url(url: str) -> tuple[Origin, str]:
    """The backend and the request target. Raises UpstreamError."""
    matched = _URL.fullmatch(url)
    if matched is None:
        raise UpstreamError("the backend's address is not a plain http or https URL")
    target = matched["target"] or "/"
    if target.startswith("?"):
        target = "/" + target
    return _origin(matched["scheme"], matched["host"], matched["port"]), target


def _origin(scheme: str, host: str, port: str | None) -> Origin:
    number = int(port) if port else _DEFAULT_PORTS[scheme]
    if not 0 < number <= _PORT_LIMIT:
        raise UpstreamError(f"the backend's port {number} is not between 1 and {_PORT_LIMIT}")
    authority = host if number == _DEFAULT_PORTS[scheme] else f"{host}:{number}"
    return Origin(scheme, host.strip("[]"), number, authority)


def request_bytes(
    method: str,
    origin: Origin,
    target: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
) -> bytes:
    """The whole request. Raises UpstreamError for what cannot be written."""
    if not _METHOD.fullmatch(method):
        raise UpstreamError(f"the method {method!r} cannot be sent to a backend")
    try:
        # A client's Connection header is dropped and not obeyed: it could name a header that the
        # gates have set.
        sent, names = without_connection_fields(headers)
        hosts = names.count("host")
        if hosts > 1:
            raise UpstreamError("more than one Host for the backend")
        if not hosts:
            sent.insert(0, ("Host", origin.authority))
        if body or method in _WITH_BODY:
            sent.append(("Content-Length", str(len(body))))
        return head_bytes(f"{method} {target} HTTP/1.1", sent) + body
    except UnwritableHeaderError as error:
        raise UpstreamError(f"the header {str(error)!r} cannot be sent to a backend") from None
