"""One call on its way through the gates: values only, no sockets.

A gate takes the :class:`Exchange`, records what it decided, and returns a :class:`Response` to end
the call, or None to pass it on. Order as on AWS: TLS, default endpoint, web ACL, route,
authorizer, request validation, integration.

What a call makes anew is not frozen: a frozen dataclass takes twice as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Layer(StrEnum):
    """The gate that ended a call; the word that logs, `explain` and the inspector use."""

    TLS = "tls"
    TRUSTSTORE = "truststore"
    DEFAULT_ENDPOINT = "default-endpoint"
    CUSTOM_DOMAIN = "custom-domain"
    WEB_ACL = "web-acl"
    ROUTE = "route"
    THROTTLE = "throttle"
    AUTHORIZER = "authorizer"
    VALIDATION = "validation"
    INTEGRATION = "integration"
    BACKEND = "backend"  # the backend's own answer, passed through


class Endpoint(StrEnum):
    """Which of the two listeners accepted the connection."""

    CUSTOM_DOMAIN = "custom-domain"
    DEFAULT = "default-endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFailure:
    """The first error that OpenSSL reported for the client's chain (X509_V_ERR_* number)."""

    code: int
    depth: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPeer:
    """Result of the handshake; ``client_certificate_pem`` is None if none was requested."""

    version: str  # "TLSv1.3"
    cipher: str
    server_name: str | None
    client_certificate_pem: str | None
    verify_failure: VerifyFailure | None = None
    connection_id: str = ""  # joins the log lines of one connection
    handshake_ms: float | None = None


@dataclass(slots=True, kw_only=True)
class Request:
    """A whole request; header names and their order are as sent."""

    endpoint: Endpoint
    source_ip: str
    source_port: int
    http_version: str  # "HTTP/1.1"
    method: str
    target: str  # raw request target: path and query as sent
    path: str  # raw path, percent-encoding untouched
    query: str  # raw query without "?"
    headers: tuple[tuple[str, str], ...]
    body: bytes
    tls: TlsPeer
    received_at: float  # seconds since the epoch
    _last_values: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The last value of a header, or None; names compare without case."""
        if self._last_values is None:
            self._last_values = {name.lower(): value for name, value in self.headers}
        return self._last_values.get(name.lower())


@dataclass(slots=True, kw_only=True)
class Response:
    """A whole answer; ``layer`` is the gate that gave it, ``reason`` its text for the log."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    layer: Layer
    reason: str = ""  # reason code or rule name; never a token, key or whole event
    error_type: str = ""  # value of x-amzn-ErrorType where AWS sends one


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One call and what each gate recorded about it."""

    request: Request
    request_id: str  # $context.requestId and x-amzn-RequestId
    extended_request_id: str  # $context.extendedRequestId and x-amz-apigw-id
    context: dict[str, str] = field(default_factory=dict)  # $context.* for logs and mappings
    timings_ms: dict[str, float] = field(default_factory=dict)  # by Layer value


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """The Lambda service's answer; ``function_error`` is None if the handler returned."""

    payload: Any  # parsed JSON, or None
    # "Unhandled", "Timeout", "Crash", "Init", "Throttled", "ResourceNotFound"
    function_error: str | None
    error_message: str | None = None  # errorMessage of the payload where the function raised
    duration_ms: float = 0.0


class Functions(Protocol):
    """The Lambda service: invoke a function by the name and qualifier of its ARN."""

    async def invoke(
        self, function_name: str, qualifier: str | None, event: Mapping[str, Any]
    ) -> InvocationResult:
        """Does not raise for a fault of the function.

        Waiting for a free worker and running are each bounded by the function's timeout.
        """


@dataclass(slots=True, kw_only=True)
class UpstreamAnswer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class UpstreamError(Exception):
    """The backend could not be reached or broke the protocol."""


class UpstreamTimeoutError(UpstreamError):
    """The backend did not answer within the integration's timeout."""


class Upstream(Protocol):
    """HTTP to the backend over a keep-alive pool."""

    def presenting(self, certificate_pem: str) -> "Upstream":
        """The same, with this client certificate for backends that are called over TLS.

        Raises:
            PortcullisError: its private key is not on this machine.
        """

    async def send(
        self,
        method: str,
        url: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        timeout_seconds: float,
    ) -> UpstreamAnswer:
        """Raises UpstreamError or UpstreamTimeoutError; the answer is whole (10 MB at most)."""
