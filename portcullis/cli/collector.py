"""Settings of the garbage collector for a process that serves for a long time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 20_000  # objects; the default of 700 collects during every second call


@contextmanager
def collecting_late() -> Iterator[None]:
    """Collect nothing before `keep_what_is_loaded`, or the end of the block.

    A tenth of the CPU time of a start was spent on scanning modules, which all stay.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep_what_is_loaded() -> None:
    """Take everything that exists now out of later collections; none of it is freed before the end.

    The program, its provider and the emulator's models are hundreds of thousands of objects. A
    tenth of the CPU time of every call was spent on scanning them.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()
