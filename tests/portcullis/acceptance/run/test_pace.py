"""The calls of a run stay below the web ACL's rate limit and the stage's throttle."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.run.pace import Pace
from portcullis.acceptance.target.limits import StackLimits


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds

    def sleep(self, seconds):
        assert seconds > 0
        self.seconds += seconds


@pytest.fixture
def clock():
    return Clock()


def limits(**changed):
    usual = {"rate_limit": 300, "rate_window_seconds": 60, "throttle_rate": 1e4}
    return StackLimits(**(usual | {"throttle_burst": 5000} | changed))


def calls(clock, count, sources=("127.0.0.1",), **changed):
    pace = Pace(sources, limits(**changed), clock=clock, sleep=clock.sleep)
    return [(pace.next_source(), clock.seconds) for _ in range(count)]


def test_below_every_limit_nothing_waits(clock):
    assert calls(clock, 200) == [("127.0.0.1", 1000.0)] * 200


def test_without_limits_the_system_chooses_the_address_and_nothing_waits(clock):
    pace = Pace((), None, clock=clock, sleep=clock.sleep)
    assert [pace.next_source() for _ in range(1000)] == [None] * 1000
    assert clock.seconds == 1000.0


def test_the_next_address_is_used_before_one_reaches_the_rate_limit(clock):
    sources = tuple(f"127.0.0.{number}" for number in range(1, 20))
    counted = Counter(source for source, _ in calls(clock, 100, sources, rate_limit=10))
    assert set(counted.values()) <= {8, 4}
    assert clock.seconds == 1000.0


def test_a_single_address_waits_for_the_window_to_pass(clock):
    times = [at for _, at in calls(clock, 17, rate_limit=10)]
    assert times[7] == 1000.0
    assert times[8] > 1060.0
    assert times[16] > 1120.0


@given(
    limit=st.integers(10, 50),
    window=st.sampled_from([60, 120, 300, 600]),
    rate=st.integers(1, 100),
    burst=st.integers(1, 20),
    count=st.integers(1, 120),
)
def test_no_limit_is_ever_exceeded(limit, window, rate, burst, count):
    clock = Clock()
    made = calls(
        clock,
        count,
        ("a", "b"),
        rate_limit=limit,
        rate_window_seconds=window,
        throttle_rate=rate,
        throttle_burst=burst,
    )
    for source in "ab":
        times = [at for used, at in made if used == source]
        assert all(
            later - first > window for first, later in zip(times, times[limit:], strict=False)
        )
    tokens, at = float(burst), 1000.0
    for _, now in made:
        tokens = min(burst, tokens + (now - at) * rate)
        at = now
        assert tokens >= 1 - 1e-6
        tokens -= 1
