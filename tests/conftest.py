"""What every test shares: bounds of property-based tests, and the garbage collector's settings."""

import gc

from hypothesis import HealthCheck, settings

from tests.installed_wheel import installed, wheel  # noqa: F401 - fixtures of several folders

# A loaded machine makes a slow example, not a failing one.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

COLLECT_AFTER = 10_000  # objects

# All tests and what they import live until the end. Without this, every full collection walks
# through their 700,000 objects, which takes a sixth of the suite's time.
gc.disable()


def pytest_collection_finish():
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()
