"""What went wrong, where, and the next step: every error a person may see derives from here."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes; a test pins the numbers because scripts depend on them."""

    OK = 0
    FAILED = 1  # a violation, a case that differs, a part that could not start
    MISUSE = 2  # a bad option, setting or file: nothing was tried


class PortcullisError(Exception):
    """An expected failure. ``str()`` names what is wrong, where, and what to do next."""

    exit_code: ExitCode = ExitCode.FAILED


class MisuseError(PortcullisError):
    """The request itself cannot be honoured: a bad option, setting or file."""

    exit_code = ExitCode.MISUSE
