"""What every test shares: bounds of property-based tests, and what makes programs run faster."""

import gc

import pulumi.runtime.resource as sdk
from hypothesis import HealthCheck, settings

from tests.installed_wheel import installed, wheel  # noqa: F401 - fixtures of several folders
from tests.scheduling import (  # noqa: F401 - hooks
    pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

# A loaded machine makes a slow example, not a failing one.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# The SDK makes a URI of each frame's file for each resource; below pytest there are 50 frames.
position_of = sdk._get_source_position_for_frame
positions = {}


def remembered_position(frame):
    place = (frame.filename, frame.lineno)
    if place not in positions:
        positions[place] = position_of(frame)
    return positions[place]


sdk._get_source_position_for_frame = remembered_position

COLLECT_AFTER = 10_000  # objects

# All tests and what they import live until the end. Without this, every full collection walks
# through their 700,000 objects, which takes a sixth of the suite's time.
gc.disable()


def pytest_collection_finish():
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()
