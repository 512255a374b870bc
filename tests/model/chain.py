"""The four gates as a specification that runs: a call and the state of the world → an answer.

Nothing of the product is used here. The order is AWS's: truststore (in the handshake), default
endpoint, custom domain, web ACL, route, authorizer, validation, backend.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

# The settings of the stack that the histories run against.
ALLOWED = "127.0.0.1"
RATE_LIMIT, RATE_WINDOW = 10, 60
MEMORY = 5  # seconds that the authorizer remembers what its registry said

# Method and path template of each route, with the scope that it needs; None is public.
ROUTES = {
    ("GET", "/"): "pets:read",
    ("GET", "/pets"): "pets:read",
    ("GET", "/pets/{petId}"): "pets:read",
    ("POST", "/pets"): "pets:write",
    ("GET", "/.well-known/jwks.json"): None,
}
PATHS = {path for _, path in ROUTES}
SCOPES = {scope for scope in ROUTES.values() if scope is not None}


class Answer(NamedTuple):
    """The gate that answers, the status, why, and for the backend the client it is told of."""

    gate: str
    status: int
    reason: str = ""
    client: str | None = None


class Decision(NamedTuple):
    """The authorizer's answer: the scopes of an Allow, or None and why."""

    scopes: frozenset[str] | None
    reason: str = "ok"


@dataclass(frozen=True)
class Card:
    """A client certificate: whose name it bears, and its last second."""

    number: int
    client: str
    not_after: float
    trusted: bool = True


@dataclass(frozen=True)
class Call:
    card: Card
    method: str = "GET"
    path: str = "/pets"
    address: str = ALLOWED
    user_agent: str | None = "depot/1"
    body: str = ""
    default_endpoint: bool = False
    host: str | None = None  # another than the domain's
    forged: str | None = None  # an Authorization header of the caller
    connected_at: float | None = None  # when the handshake was, if not now


@dataclass
class World:
    """What the registry holds, and what the gates remember."""

    now: float
    cache_seconds: int
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)  # numbers of cards
    seen: dict[str, list[int]] = field(default_factory=dict)  # by address: when it called
    cached: dict[int, tuple[Decision, float]] = field(default_factory=dict)
    remembered: dict[int, tuple[Decision, float]] = field(default_factory=dict)

    def answer(self, call: Call) -> Answer:
        return self.entrance(call) or self.web_acl(call) or self.stage(call)

    def entrance(self, call: Call) -> Answer | None:
        if call.default_endpoint:
            return Answer("default-endpoint", 403)
        # API Gateway checks the certificate once a connection.
        at = self.now if call.connected_at is None else call.connected_at
        if not call.card.trusted or at > call.card.not_after:
            return Answer("truststore", 403)
        return None if call.host is None else Answer("custom-domain", 403)

    def web_acl(self, call: Call) -> Answer | None:
        """The allow-list, then the rate, then the managed rules."""
        if call.address != ALLOWED:
            return Answer("web-acl", 403, "not-in-allow-list")
        calls = self.seen.setdefault(call.address, [])
        calls.append(int(self.now))
        if sum(second > int(self.now) - RATE_WINDOW for second in calls) > RATE_LIMIT:
            return Answer("web-acl", 403, "rate-limit")
        if call.user_agent is None:
            return Answer("web-acl", 403, "AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER")
        return None

    def stage(self, call: Call) -> Answer:
        """Route, authorizer, validation, backend."""
        route = (call.method, template(call.path))
        if route not in ROUTES:
            return Answer("route", 403)
        scope = ROUTES[route]
        if scope is None:
            return Answer("integration", 200)
        decision = self.decision(call.card)
        if decision.scopes is None:
            return Answer("authorizer", 403, decision.reason)
        if scope not in decision.scopes:
            return Answer("authorizer", 403, "missing_scope")
        if call.method == "POST" and not call.body.startswith('{"type":"'):
            return Answer("validation", 400)
        return Answer("backend", 200, client=call.card.client)

    def decision(self, card: Card) -> Decision:
        """API Gateway keeps each answer of the authorizer for the cache's time, a Deny too."""
        known, until = self.cached.get(card.number, (Decision(None), 0.0))
        if self.now < until:
            return known
        decision = self.authorized(card)
        if self.cache_seconds:
            self.cached[card.number] = (decision, self.now + self.cache_seconds)
        return decision

    def authorized(self, card: Card) -> Decision:
        """The authorizer keeps an Allow while its facts hold: the registry's, and the dates."""
        known, until = self.remembered.get(card.number, (Decision(None), 0.0))
        if self.now < until:
            return known
        refusal = self.refusal(card)
        if refusal is not None:
            return Decision(None, refusal)
        decision = Decision(self.scopes[card.client])
        self.remembered[card.number] = (decision, min(card.not_after, self.now + MEMORY))
        return decision

    def refusal(self, card: Card) -> str | None:
        """The first reason that applies, in the authorizer's order."""
        reasons = {
            "expired": self.now > card.not_after,
            "revoked": card.number in self.revoked,
            "unknown_client": card.client not in self.scopes,
            "suspended": card.client in self.suspended,
            "no_scope": self.scopes.get(card.client, frozenset()).isdisjoint(SCOPES),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)


def template(path: str) -> str:
    """The route that a path belongs to."""
    if path in PATHS:
        return path
    segments = path.split("/")
    if len(segments) == 3 and segments[1] == "pets" and segments[2]:
        return "/pets/{petId}"
    return path


def renewed(card: Card, number: int, not_after: float) -> Card:
    """A new certificate of the same client."""
    return replace(card, number=number, not_after=not_after)
