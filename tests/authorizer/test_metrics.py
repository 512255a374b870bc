"""The figures that CloudWatch takes from a log line: which, under what, and that it takes them."""

import datetime
import json
import math
from itertools import pairwise

import pytest

from authorizer.config import MAX_TOKEN_LIFE_SECONDS
from authorizer.log import CallRecord, Decision
from authorizer.metrics import METRICS, NAMESPACE
from authorizer.reasons import AuthorizerError, FailedError, Reason
from tests.authorizer.emf import figures
from tests.authorizer.making import NOW, certificate, entry, registry_document

FUNCTION = ("FunctionName", "the-function")

ENDING = {  # a certificate of a year
    "not_before": NOW - datetime.timedelta(days=345),
    "not_after": NOW + datetime.timedelta(days=20),
}


def told(line):
    """Name, further dimension and value of each figure, sorted."""
    found = []
    for (namespace, name, dimensions), value in figures(line).items():
        assert namespace == NAMESPACE
        assert FUNCTION in dimensions
        found.append((name, *(dimensions - {FUNCTION}), value))
    return sorted(found, key=str)


def test_a_refusal_counts_by_its_reason(bench):
    bench.present(certificate(uris=()))
    (line,) = bench.lines
    assert told(line) == [("refused", ("reason", "unknown_client"), 1)]
    assert line["_aws"]["Timestamp"] == int(bench.now * 1000)


def test_a_failure_counts_by_its_reason_and_among_all(bench):
    bench.signer.failure = FailedError(Reason.SIGNING_FAILED, "down")
    with pytest.raises(AuthorizerError):
        bench.present(certificate())
    assert told(bench.lines[0]) == [("failed", ("reason", "signing_failed"), 1), ("failed", 1)]


def test_a_signature_tells_how_long_it_took(make_bench):
    bench = make_bench(token_life_seconds=300)
    shown = certificate(not_after=NOW.replace(year=2027))
    bench.present(shown)
    bench.now += 1
    bench.present(shown)
    first, again = bench.lines
    assert told(first) == [("kmsMs", first["tokenMs"])]
    assert told(again) == []


@pytest.mark.parametrize(
    ("life", "days", "expected"),
    [
        (365, 29, 29.0),
        (365, 31, None),
        (90, 14, 14.0),
        (90, 16, None),
        (1, 0.1, 0.1),
        (1, 0.2, None),
    ],
)
def test_the_days_left_are_told_under_thirty_and_in_the_last_sixth_of_a_short_life(
    make_bench, life, days, expected
):
    bench = make_bench(registry_document(clients={"pet-shop": entry("pets:read")}))
    end = NOW + datetime.timedelta(days=days)
    bench.present(certificate(not_before=end - datetime.timedelta(days=life), not_after=end))
    found = [figure for figure in told(bench.lines[0]) if figure[0] == "daysToExpiry"]
    assert found == (
        []
        if expected is None
        else [("daysToExpiry", ("clientId", "pet-shop"), expected), ("daysToExpiry", expected)]
    )


@pytest.mark.parametrize("cache_seconds", [0, 300, 1700, 3569])
def test_a_client_that_calls_all_the_time_is_told_of_once_in_the_life_of_a_token(
    make_bench, cache_seconds
):
    """Alarms count on it: a line of a remembered answer has no figures.

    The function sees such a client once per cache_seconds: API Gateway answers between.
    """
    bench = make_bench(
        token_life_seconds=MAX_TOKEN_LIFE_SECONDS, authorizer_cache_seconds=cache_seconds
    )
    shown = certificate(**ENDING)
    begun = bench.now
    while bench.now < begun + 5 * MAX_TOKEN_LIFE_SECONDS:
        bench.present(shown)
        bench.now += cache_seconds + 1
    at = [line["_aws"]["Timestamp"] // 1000 for line in bench.lines if told(line)]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert len(gaps) >= 3
    assert max(gaps) <= MAX_TOKEN_LIFE_SECONDS


def everything(decision, reason):
    return CallRecord(
        request_id="r",
        lambda_request_id=None,
        started_at=NOW.timestamp(),
        cold_start=True,
        function_name="the-function",
        decision=decision,
        reason=reason,
        client_id="pet-shop",
        token_reused=False,
        token_ms=5.1,
        registry_reused=False,
        registry_ms=4.2,
        crl_age_hours=24.0,
        crl_hours_left=-0.5,
        duration_ms=10.0,
    )


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("decision", Decision)
def test_cloudwatch_takes_the_figures_of_every_line(decision, reason):
    found = figures(json.loads(everything(decision, reason).line()))
    assert {name for _, name, _ in found} >= {"kmsMs", "registryMs", "crlAgeHours"}
    assert all(math.isfinite(value) for value in found.values())


def test_a_list_that_is_overdue_says_so():
    line = json.loads(everything(Decision.ALLOW, Reason.OK).line())
    assert ("crlHoursLeft", -0.5) in told(line)


def test_every_metric_stands_in_a_line_under_the_dimensions_it_declares(make_bench):
    lines = [json.loads(everything(decision, Reason.OK).line()) for decision in Decision]
    bench = make_bench()
    bench.present(certificate(**ENDING))
    found = {
        (name, frozenset(dimension for dimension, _ in dimensions))
        for line in (*lines, *bench.lines)
        for _, name, dimensions in figures(line)
    }
    assert found == {
        (name, frozenset(dimensions))
        for name, metric in METRICS.items()
        for dimensions in metric.dimensions
    }


@pytest.mark.parametrize(
    "change",
    [
        {"FunctionName": ""},
        {"FunctionName": 1},
        {"failed": "1"},
        {"failed": True},
        {"failed": None},
    ],
)
def test_the_check_notices_what_cloudwatch_would_not_take(change):
    line = json.loads(everything(Decision.ERROR, Reason.SIGNING_FAILED).line())
    with pytest.raises(AssertionError):
        figures(line | change)
