"""Settings of the garbage collector for a process that serves for a long time."""

import gc

COLLECT_AFTER = 20_000  # objects; the default of 700 collects during every second call


def keep_what_is_loaded() -> None:
    """Take everything that exists now out of later collections; none of it is freed before the end.

    The program, its provider and the emulator's models are hundreds of thousands of objects. A
    tenth of the CPU time of every call was spent on scanning them.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
