"""One HTTP request of a case: where it goes, and what is in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portcullis.acceptance.wire.connection import TlsVersion

GATEWAY_HOST: Final = "{gateway}"  # as a Host header: the custom domain of the target
STAGE: Final = "{stage}"  # in a request target: the name of the target's stage


class Destination(StrEnum):
    """Where the request goes."""

    GATEWAY = "the custom domain"
    DEFAULT_ENDPOINT = "the default endpoint"
    BACKEND = "the backend, past the gateway"


class Source(StrEnum):
    ALLOWED = "an allowed address"
    BLOCKED = "an address outside the allow-list"


class BackendToken(StrEnum):
    """The bearer token of a request that goes straight to the backend."""

    NONE = "no token"
    GARBAGE = "a token that is not a JWT"
    FOREIGN_KEY = "right claims and key id, signed with the attacker's key"
    UNKNOWN_KEY_ID = "right claims, signed with the attacker's key under its own key id"
    ALG_NONE = "right claims, alg none, no signature"
    HS256_PUBLIC_KEY = "right claims, HS256 with the public key as secret"
    EXPIRED = "right signature, expired"
    OTHER_AUDIENCE = "right signature, another audience"
    OTHER_ISSUER = "right signature, another issuer"
    OTHER_TYPE = "right signature and claims, typ JWT"
    UNBOUND = "right signature, bound to no certificate"
    WIDENED = "a client's real token, its scope widened afterwards"
    OF_CLIENT = "a client's real token"
    OF_CLIENT_WITHOUT_SCOPE = "the real token of a client without the scope"


SIGNED_FOR_THE_CASE: Final = frozenset(
    {
        BackendToken.EXPIRED,
        BackendToken.OTHER_AUDIENCE,
        BackendToken.OTHER_ISSUER,
        BackendToken.OTHER_TYPE,
        BackendToken.UNBOUND,
    }
)
CAPTURED: Final = frozenset(
    {BackendToken.WIDENED, BackendToken.OF_CLIENT, BackendToken.OF_CLIENT_WITHOUT_SCOPE}
)


class Thumbprint(StrEnum):
    """The X-Client-Certificate-Thumbprint headers of a request straight to the backend."""

    OWN = "the thumbprint that the token is bound to"
    OTHER = "another client's thumbprint"
    NONE = "no thumbprint"
    TWICE = "the thumbprint twice"


class Framing(StrEnum):
    """Which header says where the body ends."""

    CORRECT = "a correct Content-Length"
    AS_GIVEN = "the headers as given"


@dataclass(frozen=True, kw_only=True)
class CaseRequest:
    """One request on a connection of its own.

    ``host`` None means the right Host header, "" none at all. ``filler_bytes`` makes a body of that
    size. ``keeps_open`` sends no ``Connection: close``, so that a smuggled request can be answered.
    """

    method: str = "GET"
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    filler_bytes: int = 0
    framing: Framing = Framing.CORRECT
    host: str | None = None
    user_agent: str | None = "portcullis-verify"
    destination: Destination = Destination.GATEWAY
    source: Source = Source.ALLOWED
    version: TlsVersion = TlsVersion.ANY
    token: BackendToken | None = None
    thumbprint: Thumbprint = Thumbprint.OWN
    keeps_open: bool = False
    scope: str = ""  # of the operation: the caller is chosen by it; "" where any client will do

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]
