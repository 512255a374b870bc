"""Damaged leaf certificates after public test suites: each is refused for its damage, and no other.

The cases stand in `vectors/`. Each is shown to an authorizer that allows its undamaged twin.
"""

import json

import pytest

from authorizer.reasons import Reason
from authorizer.registry import PackagedRegistry
from tests.authorizer.making import (
    NOW,
    SHOP_URI,
    certificate,
    effects,
    pem,
    registry_document,
    rest_event,
)
from tests.authorizer.vectors import (
    armour,
    dates,
    encoding,
    extensions,
    keys,
    names,
    numbers,
    signatures,
)
from tests.authorizer.vectors.case import SHOP_NAME

MODULES = (numbers, dates, names, extensions, keys, signatures, armour)
VECTORS = [vector for module in MODULES for vector in module.CASES]

# The parser says these about certificates that we refuse, or allow, anyway.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


@pytest.fixture
def bench(make_bench):
    """The shop is registered by every name that a good certificate has."""
    shop = [{"client": "pet-shop", "issuer": None}]
    subject = json.dumps([["2.5.4.3", "pet-shop"]], separators=(",", ":"))
    return make_bench(
        registry=PackagedRegistry(
            registry_document(
                identities={
                    "sanUri": {SHOP_URI: shop},
                    "sanDns": {SHOP_NAME: shop},
                    "subject": {subject: shop},
                }
            )
        )
    )


def verdict(bench, text):
    """Effect and reason; an error of the authorizer fails the test."""
    answer = bench.answer(rest_event(text))
    return effects(answer)[0], answer["context"]["reason"]


def expected(reason):
    return ("Allow" if reason is Reason.OK else "Deny"), str(reason)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_a_vector_gets_its_verdict(bench, vector):
    assert verdict(bench, pem(vector.twin())) == ("Allow", "ok"), "the twin is sound"
    assert verdict(bench, vector.shown()) == expected(vector.expected), vector.source


def test_a_certificate_counts_between_its_moments_and_no_millisecond_longer(bench):
    """Limbo rfc5280::validity::notbefore-fractional; its notafter-fractional is laxer."""
    shown = pem(certificate(not_before=NOW, not_after=NOW))
    found = []
    for milliseconds in (-1, 0, 5):
        bench.now = NOW.timestamp() + milliseconds / 1000
        found.append(verdict(bench, shown)[1])
    assert found == ["not_yet_valid", "ok", "expired"]


@pytest.mark.parametrize("damage", encoding.DAMAGES)
def test_an_encoding_that_der_forbids_is_malformed_wherever_it_stands(bench, damage):
    assert verdict(bench, encoding.whole()) == ("Allow", "ok")
    cases = list(encoding.damaged(encoding.DAMAGES[damage]))
    assert len(cases) > 40
    wrong = {place: verdict(bench, text) for place, text in cases}
    malformed = expected(Reason.MALFORMED_CERTIFICATE)
    assert {place: found for place, found in wrong.items() if found != malformed} == {}


def test_every_vector_has_its_own_name_and_a_source():
    ids = [vector.id for vector in VECTORS]
    assert len(ids) > 300
    assert {one for one in ids if ids.count(one) > 1} == set()
    assert all(vector.source for vector in VECTORS)
