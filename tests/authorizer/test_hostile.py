"""Twenty thousand hostile inputs, the same at every run: no Allow, no surprise.

A seed that once found something stays in KEPT. PORTCULLIS_FUZZ_SEED asks for another stream,
PORTCULLIS_FUZZ_INPUTS for more of it: CI sends a hundred thousand for each pull request.
"""

import os
import random

import pytest

from tests.authorizer.hostile import KINDS, check, hostile_bench
from tests.authorizer.making import certificate, effects

INPUTS = int(os.environ.get("PORTCULLIS_FUZZ_INPUTS", "20000"))
SEED = int(os.environ.get("PORTCULLIS_FUZZ_SEED", "20261122"))
SHARES = 8
KEPT = (20261122000000119,)  # seeds of single inputs


def stream(seed):
    return random.Random(seed)  # noqa: S311 - repeatable by design


@pytest.mark.parametrize("share", range(SHARES))
def test_no_hostile_input_is_allowed(share):
    bench = hostile_bench()
    for number in range(share, INPUTS, SHARES):
        seed = SEED * 1_000_000_000 + number
        try:
            check(bench, stream(seed))
        except BaseException as error:
            error.add_note(f"Reproduce with check(hostile_bench(), random.Random({seed}))")
            raise
    assert bench.signer.messages == []


@pytest.mark.parametrize("seed", KEPT)
def test_an_input_that_once_found_something_is_refused(seed):
    check(hostile_bench(), stream(seed))


def test_the_bench_would_allow_a_good_certificate():
    # Otherwise the test above could not fail.
    assert effects(hostile_bench().present(certificate())) == ["Allow"]


def test_every_kind_of_input_comes_up():
    kinds = {stream(seed).randrange(len(KINDS)) for seed in range(200)}
    assert len(kinds) == len(KINDS)
