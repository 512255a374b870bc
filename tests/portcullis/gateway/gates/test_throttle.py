"""Throttling by the stage's method settings, driven by the test's clock."""

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.gates.throttle import TokenBucket
from portcullis.gateway.resources.unsupported import UnsupportedError

PET = b'{"type": "dog"}'


def limited(good, rate=1.0, burst=2.0, path="*/*", name="settings"):
    kind = "aws:apigateway/methodSettings:MethodSettings"
    return good.add(
        name,
        kind,
        restApi="abcdef123",
        stageName="test",
        methodPath=path,
        settings={"throttlingRateLimit": rate, "throttlingBurstLimit": burst},
    )


def statuses(laptop, times, *call):
    return [laptop.call(*call, body=PET).status for _ in range(times)]


def test_a_burst_passes_and_the_rate_refills_it(start, good):
    laptop = start(limited(good))
    assert statuses(laptop, 3) == [200, 200, 429]
    laptop.clock.now += 0.5
    assert statuses(laptop, 1) == [429]
    laptop.clock.now += 0.5
    assert statuses(laptop, 2) == [200, 429]
    laptop.clock.now += 3600
    assert statuses(laptop, 3) == [200, 200, 429]


def test_a_throttled_call_is_a_429_and_invokes_no_function(start, good):
    laptop = start(limited(good, burst=0.0))
    response = laptop.call()
    assert (response.status, response.body) == (429, b'{"message":"Too Many Requests"}')
    assert (response.layer, response.error_type) == (Layer.THROTTLE, "TooManyRequestsException")
    assert laptop.functions.calls == []


def test_each_method_has_tokens_of_its_own(start, good):
    laptop = start(limited(good, burst=1.0))
    assert statuses(laptop, 2) == [200, 429]
    assert statuses(laptop, 2, "/pets", "POST") == [200, 429]
    assert statuses(laptop, 1, "/keys") == [200]


@pytest.mark.parametrize("path", ["pets/GET", "~1pets/GET", "/pets/GET"])
def test_a_methods_own_setting_goes_before_the_stages(start, good, path):
    limited(good, burst=1.0)
    laptop = start(limited(good, burst=3.0, path=path, name="own"))
    assert statuses(laptop, 4) == [200, 200, 200, 429]
    assert statuses(laptop, 2, "/pets", "POST") == [200, 429]


@pytest.mark.parametrize(("rate", "burst"), [(-1, -1), (None, None), (-1.0, 5.0)])
def test_minus_one_leaves_only_the_accounts_limit(start, good, rate, burst):
    laptop = start(limited(good, rate=rate, burst=burst))
    assert set(statuses(laptop, 30)) == {200}


def test_settings_of_another_stage_do_not_count(start, good):
    limited(good, burst=0.0)
    good.set("settings", stageName="prod")
    assert statuses(start(good), 1) == [200]


def test_a_clock_that_steps_back_gives_no_tokens():
    now = [100.0]
    bucket = TokenBucket(1.0, 1.0, lambda: now[0])
    assert bucket.take()
    now[0] = 50.0
    assert not bucket.take()
    now[0] = 51.0
    assert bucket.take()


def test_caching_of_responses_stops_the_start(start, good):
    with pytest.raises(UnsupportedError, match="caching"):
        start(good.set("settings", settings={"cachingEnabled": True}))
