"""How a call can end: an HTTP answer, a refused connection, silence, no server, or no HTTP."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. ``further`` counts the answers that followed it on the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    further: int = 0

    def header(self, name: str) -> str | None:
        """The value of a header that occurs once; None if it is missing or occurs more often."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if len(values) == 1 else None


class Moment(StrEnum):
    """When a connection was refused."""

    HANDSHAKE = "handshake"
    REQUEST = "request"  # the connection ended, or an alert came, before any answer


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The other side ended the connection without an HTTP answer."""

    moment: Moment
    words: str


@dataclass(frozen=True, kw_only=True)
class Silent:
    """No answer within the time that the call allows."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """No server listens, or its certificate is not the expected one. Proves nothing."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """The bytes that came are not an HTTP answer."""

    words: str


Outcome = Answer | Refused | Silent | Unreachable | Malformed
