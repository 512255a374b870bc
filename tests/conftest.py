"""What every test shares: bounds of property-based tests, and what makes programs run faster."""

import asyncio
import compileall
import gc
import os
import signal
import sys
import traceback
from pathlib import Path

import pulumi.runtime.resource as sdk
from hypothesis import HealthCheck, settings
from pulumi.runtime.proto.source_pb2 import StackFrame, StackTrace

from tests.installed_wheel import installed, wheel  # noqa: F401 - fixtures of several folders
from tests.scheduling import (  # noqa: F401 - hooks
    pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)

# A loaded machine makes a slow example, not a failing one. Every run tries the same examples;
# `--hypothesis-profile=searching` tries others, and twice as many.
UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("searching", derandomize=False, **UNHURRIED)
settings.register_profile(
    "unhurried", derandomize=True, database=None, max_examples=50, **UNHURRIED
)
settings.load_profile("unhurried")

ROOT = Path(__file__).parents[1]
PROGRAMS = ("authorizer", "bootstrap", "components", "policies", "portcullis")


def pytest_configure():
    """Compile what the tests start as processes, once for all workers.

    With PYTHONDONTWRITEBYTECODE, which many images for CI set, each process would compile it again.
    SIGINT is ignored by what a shell starts in the background, and by all that this starts in turn.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for folder in PROGRAMS:
            compileall.compile_dir(ROOT / folder, quiet=2)
    else:  # pytest keeps the modules whose assertions it has rewritten: half of a collection
        sys.dont_write_bytecode = False


stack_frames = {}


def stack_trace():
    """The frames of a resource's program, from the caller of its class to the event loop.

    The SDK's own function reads the lines of all frames and makes a URI of each file, for each
    resource; below the loop pytest has 50 frames. That was a tenth of every recorded program.
    """
    frame, constructors = sys._getframe(1), 0
    while frame is not None and constructors < 3:  # Resource, CustomResource, the class itself
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    found = []
    while frame is not None and frame.f_code.co_filename != asyncio.events.__file__:
        place = (frame.f_code.co_filename, frame.f_lineno)
        if place not in stack_frames:
            position = sdk._get_source_position_for_frame(traceback.FrameSummary(*place, ""))
            stack_frames[place] = StackFrame(pc=position)
        found.append(stack_frames[place])
        frame = frame.f_back
    return StackTrace(frames=found)


sdk._get_stack_trace = stack_trace

COLLECT_AFTER = 10_000  # objects

# All tests and what they import live until the end. Without this, every full collection walks
# through their 700,000 objects, which takes a sixth of the suite's time.
gc.disable()


def pytest_collection_finish():
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()
