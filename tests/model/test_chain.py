"""Random histories: the product answers every call as the specification does.

PORTCULLIS_MODEL_HISTORIES sets how many: 100,000 take about three minutes of processor time.
"""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from portcullis.gateway.gates import authorizer as authorizer_gate
from portcullis.graph.in_process import record
from portcullis.pki import laptop
from tests.model.chain import ALLOWED, RATE_LIMIT, RATE_WINDOW, Call, Card, World, renewed
from tests.model.product import Product

PROJECT = Path(__file__).parents[2]
HISTORIES = int(os.environ.get("PORTCULLIS_MODEL_HISTORIES", "1000"))
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

# What a call may differ in from the plain one, each in one call of five.
CALLS = {
    "method": ["GET", "POST", "POST", "DELETE"],
    "path": ["/pets/1", "/", "/.well-known/jwks.json", "/pets/1/x", "/nothing"],
    "address": ["198.51.100.7"],
    "user_agent": [None],
    "body": BODIES,
    "default_endpoint": [True],
    "host": ["other.example.com"],
    "forged": ["Bearer x.eyJzdWIiOiJhZG1pbiJ9.y", "Basic eDp5"],
}
STEPS = {
    "call": lambda random: (
        random.choice(NAMES),
        {key: random.choice(values) for key, values in CALLS.items() if random.random() < 0.2},
    ),
    "burst": lambda random: (
        random.choice(NAMES),
        random.randint(2, RATE_LIMIT + 2),
        random.choice([ALLOWED, ALLOWED, "198.51.100.7"]),
    ),
    "wait": lambda random: (random.choice([0.5, 3, 5, 30, 60, 61, 400, YEAR]),),
    "scopes": lambda random: (random.choice(NAMES), random.choice(SCOPES)),
    "renew": lambda random: (random.choice(NAMES), random.choice([10, YEAR])),
    **dict.fromkeys(
        ("revoke", "suspend", "resume", "forget", "distrust", "keep"),
        lambda random: (random.choice(NAMES),),
    ),
}
KINDS = [*STEPS, "call", "call"]


def history_of(seed):
    random = Random(seed)  # noqa: S311 - not for keys
    kinds = random.choices(KINDS, k=random.randint(1, 25))
    return random.choice([0, 60]), [(kind, *STEPS[kind](random)) for kind in kinds]


class DiffersError(AssertionError):
    """The product answers otherwise than the specification."""


class History:
    """The specification and the product side by side."""

    def __init__(self, product, cache_seconds):
        self.world = World(now=START, cache_seconds=cache_seconds, scopes=dict(CLIENTS))
        self.product = product
        product.begin(self.world)
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
                name, calls, address = with_
                for _ in range(calls):
                    self.call(name, {"address": address})
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


def run(product, history):
    """The gates that answered, with their reasons. Raises DiffersError."""
    cache_seconds, steps = history
    both = History(product(cache_seconds), cache_seconds)
    for step in steps:
        both.do(step)
    return both.answers


def smallest(product, history):
    """The history without the steps that the difference does not need."""
    cache_seconds, steps = history
    for step in list(steps):
        rest = [other for other in steps if other is not step]
        try:
            run(product, (cache_seconds, rest))
        except DiffersError:
            steps = rest
    return cache_seconds, steps


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


@pytest.fixture(scope="module")
def product(recorded):
    return products(recorded)


def products(recorded, change=lambda graph: graph):
    """The changed program by its cache time, which stands in the body alone; each compiled once."""
    return cache(
        lambda cache_seconds: Product(
            change(
                with_body(
                    recorded,
                    lambda text: text.replace(
                        '"authorizerResultTtlInSeconds":60',
                        f'"authorizerResultTtlInSeconds":{cache_seconds}',
                    ),
                )
            )
        )
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


def test_the_product_answers_as_the_specification(product):
    answers = set()
    for seed in range(HISTORIES):
        try:
            answers |= run(product, history_of(seed))
        except DiffersError:
            found = smallest(product, history_of(seed))
            with pytest.raises(DiffersError) as difference:
                run(product, found)
            pytest.fail(f"{difference.value}\nHistory {seed}, as short as it can be: {found}")
    assert {gate for gate, _ in answers} == GATES
    assert {reason for gate, reason in answers if gate == "web-acl"} == RULES
    assert {reason for gate, reason in answers if gate == "authorizer"} >= REASONS


def finds(product, *, within):
    """Random histories find the difference; the smallest one needs so many steps."""
    for seed in range(within):
        try:
            run(product, history_of(seed))
        except DiffersError:
            found = smallest(product, history_of(seed))
            with pytest.raises(DiffersError):
                run(product, found)
            return len(found[1])
    raise AssertionError(f"{within} histories do not find it")


def test_a_cache_that_forgets_who_called_is_found(recorded, monkeypatch):
    """The key of API Gateway's cache is the same for every certificate."""
    monkeypatch.setattr(authorizer_gate, "_pem", lambda _call: "the same")
    shared = products(
        recorded,
        lambda graph: with_body(
            graph, lambda t: t.replace("context.identity.clientCert.clientCertPem", "context.stage")
        ),
    )
    assert finds(shared, within=400) == 2


def test_rules_in_another_order_are_found(recorded):
    """The rate is counted before the allow-list."""
    ordered = products(recorded, lambda graph: changed(graph, WEB_ACL, _rate_first))
    assert finds(ordered, within=400) == 1


def _rate_first(inputs):
    rules = [dict(rule) for rule in inputs["rules"]]
    by_name = {rule["name"]: rule for rule in rules}
    first, second = by_name["not-in-allow-list"], by_name["rate-limit"]
    first["priority"], second["priority"] = second["priority"], first["priority"]
    return inputs | {"rules": rules}


def test_a_mapping_of_the_callers_own_header_is_found(recorded):
    """The backend gets the Authorization header that the caller sent."""
    mapped = products(
        recorded,
        lambda graph: with_body(
            graph,
            lambda text: text.replace(
                '"integration.request.header.Authorization":"context.authorizer.authorization"',
                '"integration.request.header.Authorization":"method.request.header.Authorization"',
            ),
        ),
    )
    assert finds(mapped, within=400) == 1
