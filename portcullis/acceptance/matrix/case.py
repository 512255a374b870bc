"""What a case is: who calls, what is sent, and the one right answer. Values only.

Nothing here touches a socket; `runner` carries a case out, `document` writes the guide from it.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from portcullis.acceptance.run.control import Command
from portcullis.acceptance.wire.client import (
    Answer,
    Malformed,
    Outcome,
    Refused,
    Silent,
    TlsVersion,
    Unreachable,
)

LAYER_HEADER: Final = "x-portcullis-layer"
SHOWN_REFUSAL_CHARACTERS: Final = 120
SHOWN_SUCCESS_CHARACTERS: Final = 40
GATEWAY_HOST: Final = "{gateway}"  # as a Host header: the custom domain of the target
STAGE: Final = "{stage}"  # in a request target: the name of the target's stage


class Layer(StrEnum):
    """The gate that has to end the call."""

    TLS = "tls"
    HTTP = "http"  # the front's own parser, before any gate
    TRUSTSTORE = "truststore"
    CUSTOM_DOMAIN = "custom-domain"
    DEFAULT_ENDPOINT = "default-endpoint"
    WEB_ACL = "web-acl"
    ROUTE = "route"
    AUTHORIZER = "authorizer"
    VALIDATION = "validation"
    INTEGRATION = "integration"
    BACKEND = "backend"


# Answers of these layers are gateway responses, and each names its layer in a header.
NAMED_LAYERS: Final = frozenset(
    {Layer.WEB_ACL, Layer.ROUTE, Layer.AUTHORIZER, Layer.VALIDATION, Layer.INTEGRATION}
)


class Caller(StrEnum):
    """Which client certificate is shown."""

    NONE = "no certificate"
    CLIENT = "a client that may read and write"
    READER = "a client that may only read"
    SUSPENDED = "a suspended client"
    UNREGISTERED = "a certificate of the same issuer, in no registry"
    REVOKED = "a revoked certificate"
    EXPIRED = "the client's certificate, expired"
    NOT_YET_VALID = "the client's certificate, not valid yet"
    SERVER_USAGE = "the client's names, for servers only"
    WEAK_KEY = "the client's names, RSA-1024"
    WEAK_SIGNATURE = "the client's names, signed with SHA-1"
    UNKNOWN_ISSUER = "the client's names, from an unknown CA"
    LOOKALIKE_ISSUER = "the client's names, from a CA that only bears the issuer's name"
    ISSUED_BY_CLIENT = "the client's names, signed with a client's key"
    SELF_SIGNED = "the client's names, self-signed"


# By what a run description calls them.
CLIENT_IDS: Final = {
    Caller.CLIENT: "pet-shop",
    Caller.READER: "pet-viewer",
    Caller.SUSPENDED: "pet-hotel",
    Caller.UNREGISTERED: "stranger",
}
MADE_BY_THE_ISSUER: Final = frozenset(
    {
        Caller.EXPIRED,
        Caller.NOT_YET_VALID,
        Caller.SERVER_USAGE,
        Caller.WEAK_KEY,
        Caller.WEAK_SIGNATURE,
    }
)


class Place(StrEnum):
    """Where the call goes."""

    GATEWAY = "the custom domain"
    DEFAULT_ENDPOINT = "the default endpoint"
    BACKEND = "the backend, past the gateway"


class Source(StrEnum):
    ALLOWED = "an allowed address"
    BLOCKED = "an address outside the allow-list"


class Token(StrEnum):
    """The bearer token of a call that goes straight to the backend."""

    NONE = "no token"
    GARBAGE = "a token that is no JWT"
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
    OF_READER = "the real token of a client that may only read"


SIGNED_FOR_THE_CASE: Final = frozenset(
    {
        Token.EXPIRED,
        Token.OTHER_AUDIENCE,
        Token.OTHER_ISSUER,
        Token.OTHER_TYPE,
        Token.UNBOUND,
    }
)
CAPTURED: Final = frozenset({Token.WIDENED, Token.OF_CLIENT, Token.OF_READER})


class Thumbprint(StrEnum):
    """The X-Client-Certificate-Thumbprint headers of a call that goes straight to the backend."""

    OWN = "the thumbprint it is bound to"
    OTHER = "another client's thumbprint"
    NONE = "no thumbprint"
    TWICE = "the thumbprint twice"


class Framing(StrEnum):
    """Who says where the body ends."""

    CORRECT = "a correct Content-Length"
    AS_GIVEN = "the headers as given"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request on a connection of its own.

    ``host`` None is the right one and "" sends none. ``filler_bytes`` makes a body of that size.
    ``{stage}`` in the target stands for the stage's name.
    """

    method: str = "GET"
    target: str = "/pets"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    filler_bytes: int = 0
    framing: Framing = Framing.CORRECT
    host: str | None = None
    user_agent: str | None = "portcullis-verify"
    place: Place = Place.GATEWAY
    source: Source = Source.ALLOWED
    version: TlsVersion = TlsVersion.ANY
    token: Token | None = None
    thumbprint: Thumbprint = Thumbprint.OWN
    keeps_open: bool = False  # asks for no close, so that a smuggled request could be answered


@dataclass(frozen=True, kw_only=True)
class PlainHttp:
    """HTTP without TLS to the port that expects TLS."""


@dataclass(frozen=True, kw_only=True)
class OldTls:
    """A ClientHello for TLS 1.1."""


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The same call twice, the second on the TLS session of the first."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class Flood:
    """One call again and again from an address of its own, until it is blocked."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class Interleaved:
    """Two clients at once, several times; each backend call must carry its own client."""

    call: Call
    rounds: int = 10


@dataclass(frozen=True, kw_only=True)
class KilledMidCall:
    """The authorizer's process is killed while it answers this call."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class Recovering:
    """The call is repeated until the stack has mended itself, for a bounded time."""

    call: Call
    seconds: float = 15.0


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """The call several times in a row, and the same right answer each time."""

    call: Call
    times: int = 3


class Behaviour(StrEnum):
    """How a backend misbehaves that the matrix puts in the real one's place."""

    SILENT = "never answers"
    GARBAGE = "answers with bytes that are no HTTP"
    CUT_SHORT = "closes in the middle of its answer"


@dataclass(frozen=True, kw_only=True)
class BadBackend:
    """The call, while a misbehaving backend stands in the stopped one's place."""

    behaviour: Behaviour
    call: Call


Action = (
    Call
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


@dataclass(frozen=True, kw_only=True)
class Expect:
    """The right end of a call. ``may_refuse``: ending the connection unanswered is right too.

    ``words`` stand for a body that is too long for a table. ``or_layer`` is another gate that may
    give the same answer.
    """

    layer: Layer
    statuses: tuple[int, ...] = ()  # empty: only a refused connection is right
    body: Any = None  # the whole JSON body
    contains: str = ""
    error: str = ""  # member "error" of the JSON body, and of the WWW-Authenticate header
    may_refuse: bool = False
    words: str = ""
    or_layer: Layer | None = None

    def __str__(self) -> str:
        if not self.statuses:
            return "connection refused"
        parts = [" or ".join(map(str, self.statuses))]
        if self.body is not None and not self.words:
            parts.append(json.dumps(self.body, separators=(",", ":")))
        parts += [text for text in (self.words, self.contains, self.error) if text]
        if self.may_refuse:
            parts.append("or connection refused")
        return " ".join(parts)

    def problem(self, outcome: Outcome) -> str | None:
        """Why this outcome is not the right one; None when it is."""
        if isinstance(outcome, Refused):
            is_right = self.may_refuse or not self.statuses
            return None if is_right else "the connection was refused"
        if not isinstance(outcome, Answer):
            return "there was no HTTP answer"
        if outcome.status not in self.statuses:
            return "the status differs"
        if outcome.further:
            return "one request was answered more than once"
        return self._problem_of_body(outcome) or self._problem_of_layer(outcome)

    def _problem_of_body(self, answer: Answer) -> str | None:
        if self.contains and self.contains not in answer.body.decode("utf-8", "replace"):
            return "the body differs"
        if self.body is None and not self.error:
            return None
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            return "the body is no JSON"
        if self.body is not None and found != self.body:
            return "the body differs"
        if self.error and (not isinstance(found, dict) or found.get("error") != self.error):
            return "the error differs"
        return None

    def _problem_of_layer(self, answer: Answer) -> str | None:
        """A right status from the wrong gate is a gate that does not hold."""
        found = answer.header(LAYER_HEADER)
        is_refusal = answer.status >= 400  # noqa: PLR2004 - RFC 9110 section 15
        for layer in (self.layer, self.or_layer or self.layer):
            if found == (layer if layer in NAMED_LAYERS and is_refusal else None):
                return None
        return f"the layer is {found or 'not named'}"


class Need(StrEnum):
    """What a case needs beyond the gateway and one client; the text is why it is skipped."""

    PKI = "needs the issuer's key to make this certificate; name its folder with --pki"
    OTHER_CLIENTS = "needs the certificates of a laptop's other clients"
    REVOKED = "needs a revoked certificate, which this stack does not offer"
    OTHER_ADDRESS = "needs a second source address, which only loopback gives away"
    DEFAULT_ENDPOINT = "needs the execute-api address; name it with --default-endpoint"
    BACKEND = "needs to reach the backend past the gateway"
    CONTROL = "needs to stop and start parts of the stack"
    KMS = "needs the signing key itself, to make a token with one fault"
    SHORT_TIMEOUT = "needs a backend timeout of 5 seconds or less"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attack, or one call that must go on working."""

    name: str
    attack: str  # one sentence: what is tried
    caller: Caller
    action: Action = field(default_factory=Call)
    expect: Expect
    arrives: bool = False  # also look at what the backend saw
    forged: tuple[str, ...] = ()  # words that must not be in what the backend saw
    breaks: tuple[Command, ...] = ()
    mends: tuple[Command, ...] = ()

    @property
    def call(self) -> Call | None:
        """The call inside the action, where there is one."""
        if isinstance(self.action, Call):
            return self.action
        return getattr(self.action, "call", None)

    @property
    def needs(self) -> tuple[Need, ...]:
        """Everything beyond the gateway and one client, in the order of :class:`Need`."""
        needed = (
            _needs_of_caller(self.caller)
            | (_needs_of_call(self.call) if self.call else set())
            | _needs_of_action(self)
        )
        return tuple(need for need in Need if need in needed)


def _needs_of_caller(caller: Caller) -> set[Need]:
    if caller is Caller.REVOKED:
        return {Need.REVOKED}
    if caller in CLIENT_IDS and caller is not Caller.CLIENT:
        return {Need.OTHER_CLIENTS}
    if caller in MADE_BY_THE_ISSUER:
        return {Need.PKI}
    return set()


def _needs_of_call(call: Call) -> set[Need]:
    needed = set()
    if call.source is Source.BLOCKED:
        needed.add(Need.OTHER_ADDRESS)
    if call.place is Place.DEFAULT_ENDPOINT:
        needed.add(Need.DEFAULT_ENDPOINT)
    if call.place is Place.BACKEND:
        needed.add(Need.BACKEND)
    if call.token in SIGNED_FOR_THE_CASE:
        needed.add(Need.KMS)
    if call.token in CAPTURED:
        needed.add(Need.CONTROL)
    return needed


def _needs_of_action(case: Case) -> set[Need]:
    needed = set()
    if case.breaks or case.mends or isinstance(case.action, KilledMidCall | BadBackend):
        needed.add(Need.CONTROL)
    if case.arrives or isinstance(case.action, Interleaved | BadBackend):
        needed.add(Need.BACKEND)
    if isinstance(case.action, Interleaved):
        needed.add(Need.OTHER_CLIENTS)
    if isinstance(case.action, Flood):
        needed.add(Need.OTHER_ADDRESS)
    if isinstance(case.action, BadBackend) and case.action.behaviour is Behaviour.SILENT:
        needed.add(Need.SHORT_TIMEOUT)
    return needed


def describe(outcome: Outcome) -> str:
    """What was seen, short enough for a table. Bodies of gateways and pets hold no secret."""
    match outcome:
        case Answer():
            layer = outcome.header(LAYER_HEADER)
            parts = [
                str(outcome.status),
                _shorten(outcome),
                f"[{layer}]" if layer else "",
                f"and {outcome.further} more" if outcome.further else "",
            ]
            return " ".join(part for part in parts if part)
        case Refused():
            return f"connection refused at the {outcome.moment}: {outcome.words}"
        case Silent():
            return f"no answer in {outcome.seconds:g} s"
        case Unreachable():
            return f"no connection: {outcome.words}"
        case Malformed():
            return f"no HTTP: {outcome.words}"


def _shorten(answer: Answer) -> str:
    """The body on one line, JSON without its spaces; a refusal is worth more room than pets."""
    is_success = answer.status < 400  # noqa: PLR2004 - RFC 9110 section 15
    limit = SHOWN_SUCCESS_CHARACTERS if is_success else SHOWN_REFUSAL_CHARACTERS
    try:
        text = json.dumps(json.loads(answer.body), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = " ".join(answer.body.decode("utf-8", "replace").split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
