"""One call: the request as API Gateway reads it, and what the gates have established so far."""

import random
import re
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from portcullis.gateway.exchange import Exchange, Request
from portcullis.gateway.gates.access_log import AccessLog
from portcullis.gateway.gates.authorizer_answer import AuthorizerAnswer
from portcullis.gateway.gates.identity import ClientCertIdentity
from portcullis.gateway.waf.web_acl import WebAclVerdict

# API Gateway removes these headers first: no mapping, authorizer or backend sees them.
# Captured from AWS (header remapping of REST APIs).
DROPPED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "keep-alive",
        "max-forwards",
        "proxy-authenticate",
        "proxy-connection",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
# Set by API Gateway: the client's values of these headers are replaced.
SET_HEADERS = frozenset(
    {
        "x-amzn-apigateway-api-id",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
HTTPS_PORT = "443"
METHOD_OVERRIDE = "x-http-method-override"
_NOT_KEPT = DROPPED_HEADERS | SET_HEADERS | {METHOD_OVERRIDE}
_RANDOM = random.Random()  # noqa: S311 - an id names a call, and is no secret
REMEMBERED_HEADERS = 128  # a client sends mostly the same ones
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}  # RFC 9562
_TRACE_ROOT = re.compile(r"(?:^|;)\s*[Rr]oot=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")


Headers = tuple[tuple[str, str], ...]
BackendRequest = tuple[str, str, Headers]  # method, URL, headers


@dataclass(slots=True, kw_only=True)
class Call(Exchange):
    """An :class:`Exchange` with what the gates from the route on add to it."""

    method: str  # the request's, or that of X-HTTP-Method-Override
    trace_id: str
    access_log: AccessLog | None = None  # of the stage that the call is for
    path: str = ""  # as an event shows it: base path and trailing slash kept, raw encoding
    resource_path: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    certificate: ClientCertIdentity | None = None
    inserted_headers: tuple[tuple[str, str], ...] = ()
    # For the inspector. None where the call did not come that far, or there is no such gate.
    web_acl_verdict: WebAclVerdict | None = None
    authorizer_answer: AuthorizerAnswer | None = None
    backend_request: BackendRequest | None = None
    _arguments: list[tuple[str, str]] | None = None

    @property
    def headers(self) -> Headers:
        """All that API Gateway passes on: the client's, those it sets, and the web ACL's."""
        return (*self.client_headers, *self.set_headers, *self.inserted_headers)

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The decoded query arguments in order, the same for authorizer, validation and backend.

        Bytes that are not UTF-8 become U+FFFD.
        """
        if self._arguments is None:
            query = self.request.query
            self._arguments = parse_qsl(query, keep_blank_values=True) if query else []
        return self._arguments

    @property
    def client_headers(self) -> Headers:
        """The client's headers that API Gateway keeps, names as sent."""
        return _kept(self.request.headers)[0]

    @property
    def set_headers(self) -> Headers:
        """The headers that API Gateway sets."""
        forwarded = *_kept(self.request.headers)[1], self.request.source_ip
        return (
            ("X-Forwarded-For", ", ".join(forwarded)),
            ("X-Forwarded-Port", HTTPS_PORT),
            ("X-Forwarded-Proto", "https"),
            ("X-Amzn-Trace-Id", self.trace_id),
        )


@lru_cache(maxsize=REMEMBERED_HEADERS)
def _kept(headers: Headers) -> tuple[Headers, tuple[str, ...]]:
    """The headers that API Gateway keeps, and the values of X-Forwarded-For."""
    nominated = _nominated(headers)
    kept: list[tuple[str, str]] = []
    forwarded: list[str] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered not in _NOT_KEPT and lowered not in nominated:
            kept.append((name, value))
        elif lowered == "x-forwarded-for":
            forwarded.append(value)
    return tuple(kept), tuple(forwarded)


def new_call(request: Request) -> Call:
    """A call with new ids; the client cannot choose them."""
    octets = _RANDOM.randbytes(39)
    digits = octets.hex()
    override = request.header(METHOD_OVERRIDE)
    request_id = (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}"
        f"-{digits[20:32]}"
    )
    return Call(
        request=request,
        request_id=request_id,
        extended_request_id=b2a_base64(octets[16:27], newline=False).decode(),
        # Source: "Important notes" of the guide: the header overrides the method.
        method=override.strip().upper() if override else request.method,
        trace_id=trace_id(request.header("x-amzn-trace-id"), request.received_at, digits[54:78]),
    )


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """All values by name, exactly as sent: API Gateway compares these names with case."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def trace_id(sent: str | None, now: float, random_hex: str) -> str:
    """The client's trace id if it is well formed, else a new one."""
    found = _TRACE_ROOT.search(sent) if sent else None
    root = found[1] if found else f"1-{int(now) & 0xFFFFFFFF:08x}-{random_hex}"
    return f"Root={root}"


def _nominated(headers: Headers) -> frozenset[str]:
    """Names of headers that a ``Connection`` header lists as hop-by-hop (RFC 9110, 7.6.1)."""
    values = [value.lower() for name, value in headers if name.lower() == "connection"]
    return frozenset(token.strip() for value in values for token in value.split(","))
