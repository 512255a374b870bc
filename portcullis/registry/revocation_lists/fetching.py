"""Fetches revocation lists from http, https and file URLs, bounded in size, time and redirects.

A list is signed, so plain http is as good as https. What it may reach is not: a URL that the
operator gave may have any address, but one that a certificate or a redirect to another host names
must have a public one, unless private addresses are allowed. The address is checked on the
connection, after the name was resolved and before the request is sent. No proxy is used.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import url2pathname

from cryptography import x509

from portcullis.errors import PortcullisError
from portcullis.pki.certificate_text import printable

MAX_BYTES: Final = 64 * 1024 * 1024  # a million entries are about 40 MB
MAX_SECONDS: Final = 60.0
MAX_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200


class FetchError(PortcullisError):
    """A list cannot be fetched. Names the URL and the cause."""


@dataclass(frozen=True, kw_only=True)
class ListSource:
    """Where one list is published: URLs that are tried one after the other."""

    urls: tuple[str, ...]
    may_be_private: bool  # the first address; of loopback or a private network

    def __str__(self) -> str:
        return " or ".join(shown(url) for url in self.urls)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Of one URL with all its redirects."""

    max_bytes: int = MAX_BYTES
    seconds: float = MAX_SECONDS
    max_redirects: int = MAX_REDIRECTS


def points_of(
    certificates: Iterable[x509.Certificate], *, may_be_private: bool = False
) -> list[ListSource]:
    """The CRL distribution points of certificates; the names of one point are alternatives.

    Other URLs than http and https (ldap, mostly) are left out.
    """
    sources: dict[tuple[str, ...], ListSource] = {}
    for certificate in certificates:
        try:
            points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
        except x509.ExtensionNotFound:
            continue
        for point in points.value:
            names = (n.value for n in point.full_name or () if isinstance(n, _URI))
            urls = tuple(n for n in names if n.lower().startswith(("http://", "https://")))
            if urls:
                sources[urls] = ListSource(urls=urls, may_be_private=may_be_private)
    return list(sources.values())


def fetch(
    source: ListSource, bounds: Bounds | None = None, *, allow_private: bool = False
) -> bytes:
    """The content of the first URL of the source that answers.

    Raises:
        FetchError: none of them does, with the cause of each.
    """
    problems = []
    for url in source.urls:
        try:
            return _fetch(
                url,
                bounds or Bounds(),
                may_be_private=source.may_be_private or allow_private,
                others_may_be_private=allow_private,
            )
        except FetchError as error:
            problems.append(str(error))
    raise FetchError(" ".join(problems))


def shown(url: str) -> str:
    """A URL without password and query, which may hold a token, and without control characters."""
    return printable(re.sub(r"//[^/@]*@", "//", url.partition("?")[0]))


def _fetch(url: str, bounds: Bounds, *, may_be_private: bool, others_may_be_private: bool) -> bytes:
    deadline = time.monotonic() + bounds.seconds
    first, at = _split(url), url
    if first.scheme == "file":
        return _read(url, first, bounds)
    for _ in range(bounds.max_redirects + 1):
        parts = _split(at)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise FetchError(f"{shown(at)} must be an http or https URL with a host.")
        private = may_be_private if parts.netloc == first.netloc else others_may_be_private
        answer = _get(at, parts, bounds, deadline, may_be_private=private)
        if isinstance(answer, bytes):
            return answer
        at = _joined(at, answer)
    raise FetchError(f"{shown(url)} redirects more than {bounds.max_redirects} times.")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise FetchError(f"{shown(url)} is not a URL: {error}.") from error
    return parts


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchError(f"{shown(url)} redirects to what is not a URL: {error}.") from error


def _get(
    url: str, parts: SplitResult, bounds: Bounds, deadline: float, *, may_be_private: bool
) -> bytes | str:
    """The body, or the location that the answer redirects to."""
    seconds = max(0.001, deadline - time.monotonic())
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    except HTTPException as error:  # a space in the host, or the zone of an IPv6 address
        raise FetchError(f"{shown(url)} is not a URL: {_cause(error)}.") from error
    timer: threading.Timer | None = None
    try:
        connection.connect()
        # The timeout holds for each read; the timer ends a server that sends a byte now and then.
        timer = threading.Timer(deadline - time.monotonic(), _shut_down, [connection.sock])
        timer.daemon = True
        timer.start()
        if not may_be_private:
            _check_public(url, connection)
        target = parts.path or "/"
        connection.request("GET", f"{target}?{parts.query}" if parts.query else target)
        answer = connection.getresponse()
        if answer.status in _REDIRECTS:
            return _location(url, answer)
        return _body(url, answer, bounds, deadline)
    except (OSError, HTTPException, ValueError) as error:
        if time.monotonic() >= deadline:
            raise _too_slow(url, bounds) from error
        raise FetchError(f"{shown(url)} cannot be fetched: {_cause(error)}.") from error
    finally:
        if timer is not None:
            timer.cancel()
        connection.close()


def _body(url: str, answer: HTTPResponse, bounds: Bounds, deadline: float) -> bytes:
    if answer.status != _OK:
        raise FetchError(f"{shown(url)} answers with the status {answer.status}.")
    body = answer.read(bounds.max_bytes + 1)
    if time.monotonic() >= deadline:
        raise _too_slow(url, bounds)  # the timer's end looks like that of the body
    if len(body) > bounds.max_bytes:
        raise _too_large(url, bounds)
    if answer.length:
        raise FetchError(f"{shown(url)} sends {answer.length:,} bytes less than it announces.")
    return body


def _location(url: str, answer: HTTPResponse) -> str:
    location = answer.getheader("Location")
    if not location:
        raise FetchError(f"{shown(url)} redirects without a location.")
    return location


def _check_public(url: str, connection: HTTPConnection) -> None:
    address = ipaddress.ip_address(connection.sock.getpeername()[0])
    if not (getattr(address, "ipv4_mapped", None) or address).is_global:
        raise FetchError(
            f"{shown(url)} has the address {address}, which is not public. A certificate or a "
            "redirect names it: accept such addresses with --allow-private-addresses."
        )


def _read(url: str, parts: SplitResult, bounds: Bounds) -> bytes:
    path = Path(url2pathname(parts.path))
    if parts.netloc not in {"", "localhost"} or not path.is_absolute():
        raise FetchError(f"{shown(url)} must be file:/// and an absolute path.")
    try:
        if not path.is_file():  # a pipe would wait
            raise FetchError(f"{shown(url)} cannot be read: there is no such file.")
        with path.open("rb") as file:
            content = file.read(bounds.max_bytes + 1)
    except OSError as error:
        raise FetchError(f"{shown(url)} cannot be read: {error.strerror}.") from error
    if len(content) > bounds.max_bytes:
        raise _too_large(url, bounds)
    return content


def _shut_down(open_socket: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        # Past the TLS layer of an SSLSocket, which its own thread is reading.
        socket.socket.shutdown(open_socket, socket.SHUT_RDWR)


def _cause(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.splitlines()[0].rstrip(".")


def _too_slow(url: str, bounds: Bounds) -> FetchError:
    return FetchError(f"{shown(url)} has not answered completely within {bounds.seconds:g} s.")


def _too_large(url: str, bounds: Bounds) -> FetchError:
    return FetchError(f"{shown(url)} is larger than {bounds.max_bytes:,} bytes.")


_URI: Final = x509.UniformResourceIdentifier
