"""Whatever the local gateway lets through without one of the four gates, the pack refuses.

Random changes of a clean stack become the graph of a preview and of an update. Ends outside the
stack are open for the gateway: a domain without mutual TLS, a web ACL that allows everything, an
API without an authorizer. A cached answer of the local gateway never serves another certificate,
so this test says nothing about cache keys. The seed of a graph is its number, so a failure can be
repeated.

    PORTCULLIS_GENERATED_GRAPHS=10000 pytest tests/policies/test_generated_graphs.py
"""

import os
from collections.abc import Collection, Iterator
from functools import cache
from random import Random

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from tests.policies.generated.calls import Passed, passed
from tests.policies.generated.draft import Draft, clean
from tests.policies.generated.edits import EDITS, describe
from tests.policies.in_process import refusals
from tests.portcullis.gateway.fakes import make_certificate

GRAPHS = int(os.environ.get("PORTCULLIS_GENERATED_GRAPHS", "250"))
MOST_EDITS = 6
CANARY = "apigateway-deployment-follows-content"
MAPPING = "apigateway-mapping-leads-to-guarded-stage"
# The rules that may refuse a graph for a missing gate. Another violation is a coincidence.
ABOUT = {
    "default endpoint": {"apigateway-api-disables-default-endpoint"},
    "mutual TLS": {MAPPING, "apigateway-domain-requires-mtls"},
    "web ACL": {
        MAPPING,
        "apigateway-stage-requires-web-acl",
        "wafv2-acl-blocks-outside-allow-list",
        "wafv2-acl-declares-its-ip-sets",
        "wafv2-ip-set-is-narrow",
    },
    # A foreign API, and the old deployment of a canary, are without an authorizer and a mapping.
    "authorizer": {
        MAPPING,
        CANARY,
        "apigateway-route-authorizer-sees-certificate",
        "apigateway-route-maps-authorization",  # the answer may come from the cache
        "apigateway-route-requires-authorizer",
    },
    "header mapping": {MAPPING, CANARY, "apigateway-route-maps-authorization"},
}
# Without these rules an open graph passes. Rules that refuse the same graphs stand together.
NEEDED = [
    {"apigateway-api-disables-default-endpoint"},
    {CANARY},
    {MAPPING},
    {MAPPING, "apigateway-domain-requires-mtls"},
    {MAPPING, "apigateway-stage-requires-web-acl"},
    {"apigateway-route-maps-authorization"},
    {"apigateway-route-requires-authorizer"},
    {"wafv2-acl-blocks-outside-allow-list"},
    {"wafv2-ip-set-is-narrow"},
]


def generated(seed: int) -> Draft:
    random, draft = Random(seed), clean()  # noqa: S311 - repeatable, and no secret
    for _ in range(random.randint(1, MOST_EDITS)):
        random.choice(EDITS)(random, draft)
    return draft


@cache
def certificates() -> tuple[str, str]:
    return make_certificate("pet-shop"), make_certificate("pet-hotel")


@cache
def open_graphs(count: int) -> tuple[tuple[int, tuple[Passed, ...]], ...]:
    """The seeds of the graphs through which a call passes without a gate."""
    return tuple(_open(count))


def _open(count: int) -> Iterator[tuple[int, tuple[Passed, ...]]]:
    for seed in range(count):
        try:
            found = [one for one in passed(generated(seed), certificates()) if one.gate]
        except UnsupportedError:
            continue  # the gateway does not start, so no call passes
        if found:
            yield seed, tuple(found)


@cache
def refused_by(seed: int, *, preview: bool) -> frozenset[str]:
    return frozenset(name for name, _ in refusals(generated(seed).graph(preview=preview)))


def holes(count: int, without: Collection[str] = ()) -> Iterator[str]:
    """The open graphs that the pack does not refuse for the missing gate."""
    for seed, found in open_graphs(count):
        for preview in (True, False):
            rules = refused_by(seed, preview=preview).difference(without)
            for gate in {one.gate for one in found}:
                if rules.isdisjoint(ABOUT[gate]):
                    first = next(one for one in found if one.gate == gate)
                    yield f"graph {seed}, preview {preview}: {first} {describe(generated(seed))}"


def test_the_clean_stack_serves_its_clients_only_and_has_no_violation():
    assert [one.gate for one in passed(clean(), certificates())] == ["", ""]
    for preview in (True, False):
        assert list(refusals(clean().graph(preview=preview))) == []


def test_the_pack_refuses_every_graph_that_the_gateway_leaves_open():
    assert list(holes(GRAPHS)) == []


def test_many_of_the_graphs_are_open_in_each_way():
    found = open_graphs(GRAPHS)
    assert len(found) >= GRAPHS / 5
    for gate in ABOUT:
        assert sum(any(one.gate == gate for one in calls) for _, calls in found) >= GRAPHS / 100


@pytest.mark.parametrize("rules", NEEDED, ids=lambda rules: " and ".join(sorted(rules)))
def test_without_a_rule_open_graphs_pass(rules):
    assert any(True for _ in holes(GRAPHS, rules))
