"""Fetches revocation lists from http, https and file URLs, bounded in size, time and redirects.

A list is signed, so plain http is as good as https. What it may reach is not: a URL that the
operator gave may have any address, but one that a certificate or a redirect to another host names
must have a public one, unless private addresses are allowed. The address that was checked is the
one that is connected to. No proxy is used.
"""

import re
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http.client import HTTPException, InvalidURL
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import url2pathname

from cryptography import x509

from portcullis.bounded_http import OK, REDIRECTS, AddressRefusedError, BodyError, HttpCall
from portcullis.errors import PortcullisError
from portcullis.pki.certificate_text import printable
from portcullis.registry.revocation_lists.public_addresses import is_public

MAX_BYTES: Final = 64 * 1024 * 1024  # a million entries are about 40 MB
MAX_SECONDS: Final = 60.0
MAX_REDIRECTS: Final = 3
MAX_PROBLEMS: Final = 5
MAX_POINTS: Final = 10  # of one certificate
MAX_SHOWN: Final = 300  # of what a server says


class FetchError(PortcullisError):
    """A list cannot be fetched. Names the URL and the cause, which may be a server's own words."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


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

    Other URLs than http and https (ldap, mostly) are left out, and points after the tenth.
    """
    sources: dict[tuple[str, ...], ListSource] = {}
    for certificate in certificates:
        try:
            points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
        except x509.ExtensionNotFound:
            continue
        for point in list(points.value)[:MAX_POINTS]:
            names = (n.value for n in point.full_name or () if isinstance(n, _URI))
            urls = tuple(n for n in names if n.lower().startswith(("http://", "https://")))
            if urls:
                sources[urls] = ListSource(urls=urls, may_be_private=may_be_private)
    return list(sources.values())


def fetch(
    source: ListSource, bounds: Bounds | None = None, *, allow_private: bool = False
) -> bytes:
    """The content of the first URL of the source that answers, within the time of one.

    Each URL gets an equal share of what is left: a certificate may name hundreds.

    Raises:
        FetchError: none of them does, with the cause of each.
    """
    bounds = bounds or Bounds()
    deadline = time.monotonic() + bounds.seconds
    problems = []
    for tried, url in enumerate(source.urls):
        share = max(0.0, deadline - time.monotonic()) / (len(source.urls) - tried)
        try:
            return _fetch(
                url,
                replace(bounds, seconds=share),
                may_be_private=source.may_be_private or allow_private,
                others_may_be_private=allow_private,
            )
        except FetchError as error:
            problems.append(str(error))
    raise FetchError(" ".join(problems[:MAX_PROBLEMS]))


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
    target = parts.path or "/"
    call = HttpCall(
        host=parts.hostname or "",
        port=parts.port,
        target=f"{target}?{parts.query}" if parts.query else target,
        deadline=deadline,
        max_bytes=bounds.max_bytes,
        context=ssl.create_default_context() if parts.scheme == "https" else None,
        may_call=None if may_be_private else is_public,
    )
    try:
        answer = call.send()
    except TimeoutError as error:
        raise FetchError(
            f"{shown(url)} has not answered completely within {bounds.seconds:.3g} s."
        ) from error
    except AddressRefusedError as refused:
        raise FetchError(
            f"{shown(url)} has the address {refused.address}, which is not public. A certificate "
            "or a redirect names it: accept such addresses with --allow-private-addresses."
        ) from None
    except InvalidURL as error:  # a space in the host, or the zone of an IPv6 address
        raise FetchError(f"{shown(url)} is not a URL: {_cause(error)}.") from error
    except BodyError as error:
        raise FetchError(f"{shown(url)} {error}.") from error
    except (OSError, HTTPException, ValueError) as error:
        raise FetchError(f"{shown(url)} cannot be fetched: {_cause(error)}.") from error
    if answer.status in REDIRECTS:
        if not answer.location:
            raise FetchError(f"{shown(url)} redirects without a location.")
        return answer.location
    if answer.status != OK:
        raise FetchError(f"{shown(url)} answers with the status {answer.status}.")
    return answer.body


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
        raise FetchError(f"{shown(url)} has more than {bounds.max_bytes:,} bytes.")
    return content


def _cause(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:MAX_SHOWN].splitlines()[0].rstrip(".")


_URI: Final = x509.UniformResourceIdentifier
