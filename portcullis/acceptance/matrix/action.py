"""The kinds of attack: one request, several, other protocols, or a request to a broken stack."""

from dataclasses import dataclass
from enum import StrEnum

from portcullis.acceptance.matrix.request import CaseRequest


@dataclass(frozen=True, kw_only=True)
class PlainHttp:
    """The request as HTTP without TLS, to the port that expects TLS."""

    request: CaseRequest


@dataclass(frozen=True, kw_only=True)
class OldTls:
    """A ClientHello for TLS 1.1 in place of the request."""

    request: CaseRequest


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The same request twice, the second on the TLS session of the first."""

    request: CaseRequest


@dataclass(frozen=True, kw_only=True)
class Flood:
    """One request again and again from an address of its own, until it is blocked."""

    request: CaseRequest


@dataclass(frozen=True, kw_only=True)
class Interleaved:
    """Two clients at once, several times. Each request at the backend must carry its own client."""

    request: CaseRequest
    rounds: int = 10


@dataclass(frozen=True, kw_only=True)
class KilledMidCall:
    """The authorizer's process is killed while it answers this request."""

    request: CaseRequest


@dataclass(frozen=True, kw_only=True)
class Recovering:
    """The request is repeated until the stack has recovered, for a bounded time."""

    request: CaseRequest
    seconds: float = 15.0


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """The request several times at once, each with the same right answer."""

    request: CaseRequest
    times: int = 3


class Behaviour(StrEnum):
    """What the matrix does in place of the stopped backend."""

    SILENT = "never answers"
    GARBAGE = "answers with bytes that are not HTTP"
    CUT_SHORT = "closes in the middle of its answer"


@dataclass(frozen=True, kw_only=True)
class BadBackend:
    """The request, while a misbehaving server listens in place of the stopped backend."""

    behaviour: Behaviour
    request: CaseRequest


Action = (
    CaseRequest
    | PlainHttp
    | OldTls
    | Resumed
    | Flood
    | Interleaved
    | KilledMidCall
    | Recovering
    | Repeated
    | BadBackend
)
