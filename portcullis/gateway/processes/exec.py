"""Become another program that the kernel ends when the process that started it is gone.

``python -I -S processes_exec.py PARENT_PID PROGRAM ARGUMENT...``. Between fork and exec a threaded
parent can run next to nothing safely, so this happens after an exec, in a process that has one
thread. It imports nothing of the project: its start is part of every child's start.

Source: prctl(2), PR_SET_PDEATHSIG; the setting survives execve(2).
"""

import os
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def main(arguments: list[str]) -> None:
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not needed elsewhere, and half of this script's time

        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0):
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
        if os.getppid() != parent:  # it went before the kernel was told to watch it
            sys.exit("the parent is gone")
    try:
        os.execvp(program[0], program)  # noqa: S606 - no shell: that is the point
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
