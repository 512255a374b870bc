"""Runs a program that the kernel kills when the process that started it has ended.

``python -I -S exec.py PARENT_PID PROGRAM ARGUMENT...``. A threaded parent can run almost nothing
safely between fork and exec, so this runs after an exec, in a process with one thread. It imports
nothing of the project, because every child's start waits for it.

Source: prctl(2), PR_SET_PDEATHSIG; the setting survives execve(2).
"""

import os
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def ends_with_this_process() -> tuple[str, ...]:
    """What stands before the arguments of a child that must not outlive this process."""
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()))


def main(arguments: list[str]) -> None:
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not needed elsewhere, and half of this script's time

        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0):
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
        if os.getppid() != parent:  # it ended before prctl
            sys.exit("the parent has ended")
    try:
        os.execvp(program[0], program)  # noqa: S606 - no shell: that is the point
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
