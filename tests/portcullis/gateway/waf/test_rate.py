"""Rate-based rules over a sliding window, with a clock of the test."""

import pytest

from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf import rate
from portcullis.gateway.waf.rate import RateCounter


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def rule(**properties):
    statement = {"limit": 10, "aggregateKeyType": "IP", "evaluationWindowSec": 60, **properties}
    return {
        "name": "rate",
        "priority": 0,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": statement},
    }


def passed(acl, times, **changes):
    request_of = changes.pop("request_of")
    return [acl.evaluate(request_of(**changes)).allowed for _ in range(times)]


def test_the_request_after_the_limit_is_refused(web_acl, request_of, clock):
    acl = web_acl(rule(), clock=clock)
    assert passed(acl, 12, request_of=request_of) == [True] * 10 + [False] * 2


def test_sources_are_counted_apart(web_acl, request_of, clock):
    acl = web_acl(rule(), clock=clock)
    passed(acl, 11, request_of=request_of)
    assert passed(acl, 1, request_of=request_of, source_ip="203.0.113.10") == [True]
    assert passed(acl, 1, request_of=request_of) == [False]


def test_a_source_is_let_in_again_when_its_requests_have_left_the_window(
    web_acl, request_of, clock
):
    acl = web_acl(rule(), clock=clock)
    passed(acl, 10, request_of=request_of)
    clock.now += 59
    assert passed(acl, 1, request_of=request_of) == [False]
    clock.now += 1
    assert passed(acl, 9, request_of=request_of) == [True] * 9


def test_the_window_slides_instead_of_starting_anew(web_acl, request_of, clock):
    acl = web_acl(rule(), clock=clock)
    for _ in range(10):
        clock.now += 6
        assert passed(acl, 1, request_of=request_of) == [True]
    assert passed(acl, 1, request_of=request_of) == [False]
    clock.now += 12
    assert passed(acl, 1, request_of=request_of) == [True]


def test_refused_requests_count_too(web_acl, request_of, clock):
    acl = web_acl(rule(), clock=clock)
    for _ in range(40):
        passed(acl, 5, request_of=request_of)
        clock.now += 10
    assert passed(acl, 1, request_of=request_of) == [False]


def test_only_requests_that_match_the_narrower_statement_are_counted(web_acl, request_of, clock):
    narrower = {
        "byteMatchStatement": {
            "searchString": "POST",
            "positionalConstraint": "EXACTLY",
            "fieldToMatch": {"method": {}},
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    acl = web_acl(rule(scopeDownStatement=narrower), clock=clock)
    assert passed(acl, 20, request_of=request_of) == [True] * 20
    assert passed(acl, 11, request_of=request_of, method="POST")[-1] is False
    assert passed(acl, 1, request_of=request_of) == [True]


def test_a_constant_key_counts_every_source_together(web_acl, request_of, clock):
    everything = {
        "sizeConstraintStatement": {
            "comparisonOperator": "GE",
            "size": 0,
            "fieldToMatch": {"uriPath": {}},
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    constant = rule(aggregateKeyType="CONSTANT", scopeDownStatement=everything)
    acl = web_acl(constant, clock=clock)
    for host in range(10):
        assert passed(acl, 1, request_of=request_of, source_ip=f"203.0.113.{host}") == [True]
    assert passed(acl, 1, request_of=request_of, source_ip="203.0.113.99") == [False]


class TestForwardedAddress:
    def acl(self, web_acl, clock, fallback="MATCH"):
        forwarded = {"headerName": "X-Forwarded-For", "fallbackBehavior": fallback}
        return web_acl(
            rule(aggregateKeyType="FORWARDED_IP", forwardedIpConfig=forwarded), clock=clock
        )

    def send(self, acl, request_of, value):
        headers = () if value is None else (("x-forwarded-for", value),)
        return acl.evaluate(request_of(headers=headers)).allowed

    def test_the_first_address_of_the_header_is_counted(self, web_acl, clock, request_of):
        acl = self.acl(web_acl, clock)
        answers = [self.send(acl, request_of, f"198.51.100.1, 10.0.0.{n}") for n in range(11)]
        assert answers == [True] * 10 + [False]
        assert self.send(acl, request_of, "198.51.100.2, 198.51.100.1")

    def test_without_the_header_the_rule_does_not_apply(self, web_acl, clock, request_of):
        acl = self.acl(web_acl, clock)
        assert all(self.send(acl, request_of, None) for _ in range(20))

    @pytest.mark.parametrize(("fallback", "passes"), [("MATCH", False), ("NO_MATCH", True)])
    def test_a_malformed_header_takes_the_fallback(
        self, web_acl, clock, request_of, fallback, passes
    ):
        acl = self.acl(web_acl, clock, fallback)
        assert self.send(acl, request_of, "somewhere") is passes


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"limit": 9}, "at least 10"),
        ({"evaluationWindowSec": 90}, "not 90"),
        ({"aggregateKeyType": "CUSTOM_KEYS"}, "CUSTOM_KEYS"),
        ({"customKeys": [{"header": {}}]}, "customKeys"),
        ({"aggregateKeyType": "CONSTANT"}, "scopeDownStatement"),
        ({"aggregateKeyType": "FORWARDED_IP"}, "forwardedIpConfig"),
    ],
)
def test_what_cannot_be_counted_stops_the_start(web_acl, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(rule(**properties))


def test_the_number_of_counted_sources_is_limited(clock, monkeypatch):
    monkeypatch.setattr(rate, "MAX_SOURCES", 3)
    counter = RateCounter(10, 60, clock)
    for source in "abcdef":
        counter.exceeded(source)
    assert list(counter._sources) == ["d", "e", "f"]
    for _ in range(100):
        clock.now += 1
        counter.exceeded("f")
    assert len(counter._sources["f"]._arrivals) <= 60


def test_a_clock_that_steps_back_forgets_nothing(clock):
    counter = RateCounter(2, 60, clock)
    assert not counter.exceeded("a")
    clock.now -= 30
    assert not counter.exceeded("a")
    assert counter.exceeded("a")
