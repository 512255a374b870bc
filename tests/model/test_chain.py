"""Random histories: the product answers every call as the specification does.

PORTCULLIS_MODEL_HISTORIES sets how many: 4,000 take about a minute of processor time.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portcullis.gateway.gates import authorizer as authorizer_gate
from portcullis.graph.in_process import record
from portcullis.pki import laptop
from tests.model.chain import ALLOWED, RATE_LIMIT, RATE_WINDOW, Call, Card, World, renewed
from tests.model.product import Product

PROJECT = Path(__file__).parents[2]
HISTORIES = int(os.environ.get("PORTCULLIS_MODEL_HISTORIES", "400"))
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
START = 1_795_000_000.0
YEAR = 365 * 86_400
CLIENTS = {
    "pet-shop": frozenset({"pets:read", "pets:write"}),
    "pet-viewer": frozenset({"pets:read"}),
    "depot": frozenset({"other:scope"}),
}
NAMES = [*CLIENTS, "stranger"]
SCOPES = [frozenset(), *{*CLIENTS.values()}, frozenset({"pets:write"})]
BODIES = ["", '{"type":"dog","price":1}', '{"type":', '{"price":1}']

GATES = {
    *("truststore", "default-endpoint", "custom-domain", "web-acl", "route", "authorizer"),
    *("validation", "integration", "backend"),
}
RULES = {
    *("not-in-allow-list", "rate-limit"),
    "AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER",
}
REASONS = {"missing_scope", "unknown_client", "no_scope", "suspended", "revoked"}

names = st.sampled_from(NAMES)
calls = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "GET", "GET", "POST", "DELETE"]),
        "path": st.sampled_from(
            ["/pets", "/pets", "/pets/1", "/", "/.well-known/jwks.json", "/pets/1/x", "/nothing"]
        ),
    },
    optional={
        "address": st.sampled_from([ALLOWED, ALLOWED, "198.51.100.7"]),
        "user_agent": st.sampled_from(["depot/1", None]),
        "body": st.sampled_from(BODIES),
        "default_endpoint": st.just(value=True),
        "host": st.just("other.example.com"),
        "forged": st.sampled_from(["Bearer x.eyJzdWIiOiJhZG1pbiJ9.y", "Basic eDp5"]),
    },
)
steps = st.one_of(
    st.tuples(st.just("call"), names, calls),
    st.tuples(st.just("call"), names, calls),
    st.tuples(st.just("call"), names, calls),
    st.tuples(st.just("burst"), names, st.integers(2, RATE_LIMIT + 2)),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 3, 5, 30, 60, 61, 400, YEAR])),
    st.tuples(st.just("revoke"), names),
    st.tuples(st.just("suspend"), names),
    st.tuples(st.just("resume"), names),
    st.tuples(st.just("scopes"), names, st.sampled_from(SCOPES)),
    st.tuples(st.just("forget"), names),
    st.tuples(st.just("renew"), names, st.sampled_from([10, YEAR])),
    st.tuples(st.just("distrust"), names),
    st.tuples(st.just("keep"), names),
)
histories = st.tuples(st.sampled_from([0, 60]), st.lists(steps, min_size=1, max_size=25))


class DiffersError(AssertionError):
    """The product answers otherwise than the specification."""


class History:
    """The specification and the product side by side."""

    def __init__(self, graph, cache_seconds):
        self.world = World(now=START, cache_seconds=cache_seconds, scopes=dict(CLIENTS))
        self.product = Product(graph, self.world)
        self.cards = {n: Card(k + 1, n, START + 3600) for k, n in enumerate(NAMES)}
        self.answers = set()
        self.connected = {}  # by client: since when it keeps a connection

    def call(self, name, changes):
        card = self.cards[name]
        sent = Call(card, **changes)
        if name in self.connected:
            sent = replace(sent, connected_at=self.connected[name])
        seen = self.product.answer(sent)
        expected = self.world.answer(sent)
        self.answers.add((expected.gate, expected.reason))
        if seen != expected:
            raise DiffersError(f"{sent}: the product {seen}, the specification {expected}")

    def do(self, step):  # noqa: PLR0912 - one branch for each step
        what, *with_ = step
        world = self.world
        match what:
            case "call":
                self.call(*with_)
            case "burst":
                for _ in range(with_[1]):
                    self.call(with_[0], {"path": "/pets"})
            case "wait":
                world.now += with_[0]
            case "revoke":
                world.revoked.add(self.cards[with_[0]].number)
            case "suspend":
                world.suspended.add(with_[0])
            case "resume":
                world.suspended.discard(with_[0])
            case "scopes":
                world.scopes[with_[0]] = with_[1]
            case "forget":
                world.scopes.pop(with_[0], None)
            case "renew":
                number = max(card.number for card in self.cards.values()) + 1
                self.cards[with_[0]] = renewed(
                    self.cards[with_[0]], number, float(int(world.now) + with_[1])
                )
                self.connected.pop(with_[0], None)
            case "distrust":
                self.cards[with_[0]] = replace(self.cards[with_[0]], trusted=False)
                self.connected.pop(with_[0], None)
            case "keep":
                if world.now <= self.cards[with_[0]].not_after:
                    self.connected[with_[0]] = world.now


def run(graph, history):
    cache_seconds, steps = history
    both = History(graph(cache_seconds), cache_seconds)
    for step in steps:
        both.do(step)
    return both.answers


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    truststore = laptop.ensure(folder, hosts=["localhost"], clients={}).truststore_file
    config = {
        "portcullis:truststoreFile": str(truststore),
        "portcullis:rateLimit": str(RATE_LIMIT),
        "portcullis:rateWindowSeconds": str(RATE_WINDOW),
        "portcullis:authorizerCacheSeconds": "60",
    }
    return record(PROJECT, "local", preview=False, config=config)


@pytest.fixture(scope="session")
def graph(recorded):
    """The program's graph with this cache time, which stands in the body alone."""
    return lambda cache_seconds: with_body(
        recorded,
        lambda text: text.replace(
            '"authorizerResultTtlInSeconds":60', f'"authorizerResultTtlInSeconds":{cache_seconds}'
        ),
    )


def with_body(graph, change):
    return changed(
        graph,
        "aws:apigateway/restApi:RestApi",
        lambda inputs: inputs | {"body": change(_compact(inputs["body"]))},
    )


def changed(graph, type_, change):
    resources = [
        replace(r, inputs=change(dict(r.inputs)), outputs={**r.outputs, **change(dict(r.inputs))})
        if r.type == type_
        else r
        for r in graph.resources
    ]
    return replace(graph, resources=tuple(resources))


def _compact(body):
    return json.dumps(json.loads(body), separators=(",", ":"))


def test_the_product_answers_as_the_specification(graph):
    @settings(max_examples=HISTORIES, derandomize=True, database=None)
    @given(histories)
    def agree(history):
        answers.update(run(graph, history))

    answers = set()
    agree()
    assert {gate for gate, _ in answers} == GATES
    assert {reason for gate, reason in answers if gate == "web-acl"} == RULES
    assert {reason for gate, reason in answers if gate == "authorizer"} >= REASONS


def finds(graph, history):
    with pytest.raises(DiffersError):
        run(graph, history)


def test_a_cache_that_forgets_who_called_is_found(graph, monkeypatch):
    """The key of API Gateway's cache is the same for every certificate."""
    monkeypatch.setattr(authorizer_gate, "_pem", lambda _call: "the same")
    shared = lambda seconds: with_body(  # noqa: E731
        graph(seconds),
        lambda t: t.replace("context.identity.clientCert.clientCertPem", "context.stage"),
    )
    allowed, refused = ("call", "pet-shop", {}), ("call", "stranger", {})
    run(graph, (60, [allowed, refused]))
    finds(shared, (60, [allowed, refused]))


def test_rules_in_another_order_are_found(graph):
    """The rate is counted before the allow-list."""
    flood = [("call", "pet-shop", {"address": "198.51.100.7"})] * (RATE_LIMIT + 1)
    run(graph, (0, flood))
    finds(lambda seconds: changed(graph(seconds), WEB_ACL, _rate_first), (0, flood))


def _rate_first(inputs):
    rules = [dict(rule) for rule in inputs["rules"]]
    by_name = {rule["name"]: rule for rule in rules}
    first, second = by_name["not-in-allow-list"], by_name["rate-limit"]
    first["priority"], second["priority"] = second["priority"], first["priority"]
    return inputs | {"rules": rules}


def test_a_mapping_of_the_callers_own_header_is_found(graph):
    """The backend gets the Authorization header that the caller sent."""
    mapped = lambda seconds: with_body(  # noqa: E731
        graph(seconds),
        lambda text: text.replace(
            '"integration.request.header.Authorization":"context.authorizer.authorization"',
            '"integration.request.header.Authorization":"method.request.header.Authorization"',
        ),
    )
    forged = [("call", "pet-shop", {"forged": "Bearer x.eyJzdWIiOiJhZG1pbiJ9.y"})]
    run(graph, (0, forged))
    finds(mapped, (0, forged))
