"""What went wrong, where, and the next step: every error a person may see derives from here."""

import sys
from enum import IntEnum
from typing import TYPE_CHECKING


class ExitCode(IntEnum):
    """Process exit codes; a test pins the numbers because scripts depend on them."""

    OK = 0
    FAILED = 1  # a violation, a case that differs, a part that could not start
    MISUSE = 2  # a bad option, setting or file: nothing was tried
    KEPT = 3  # a revocation list was not replaced; those in use are not overdue
    STALE = 4  # a revocation list is missing or overdue: calls are refused


def _program_error() -> type[Exception]:
    """The base of our errors: Pulumi's RunError in a process that Pulumi runs, else Exception.

    The engine prints a RunError as one line, and any other exception as a traceback. Its language
    host imports Pulumi before it runs the program. A command must not: the import takes half a
    second.
    """
    return getattr(sys.modules.get("pulumi"), "RunError", Exception)


if TYPE_CHECKING:
    _ProgramError = Exception
else:
    _ProgramError = _program_error()


class PortcullisError(_ProgramError):
    """An expected failure. ``str()`` names what is wrong, where, and what to do next."""

    exit_code: ExitCode = ExitCode.FAILED


class MisuseError(PortcullisError):
    """The request itself cannot be honoured: a bad option, setting or file."""

    exit_code = ExitCode.MISUSE
