"""Finds SQL injection and cross-site scripting with libinjection, as OWASP ModSecurity has it.

The package libmodsecurity holds libinjection in its shared library. Its functions are called there
directly, which takes a microsecond; a transaction of ModSecurity takes 55.
Source: libinjection.h, version 4: 0 means that there was none, 1 an injection, -1 an error.
"""

import ctypes
from functools import cache
from importlib import import_module
from importlib.metadata import version

PACKAGE = "libmodsecurity"
NOT_FOUND = 0  # an error counts as an injection

_Fingerprint = ctypes.c_char * 8


class Libinjection:
    """libinjection in the shared library of libmodsecurity."""

    def __init__(self) -> None:
        """Raises ImportError, OSError or AttributeError: it cannot be used here."""
        extension = str(import_module(f"{PACKAGE}._{PACKAGE}").__file__)
        # PyDLL keeps the interpreter's lock, which is faster for calls of a microsecond.
        library = ctypes.PyDLL(extension)
        self._sqli, self._xss = library.libinjection_sqli, library.libinjection_xss
        self._sqli.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]
        self._xss.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        self.version = version(PACKAGE)

    def sql_fingerprint(self, text: bytes) -> bytes | None:
        """The kinds of the first tokens, such as ``s&1c``; None without an injection."""
        fingerprint = _Fingerprint()
        if self._sqli(text, len(text), fingerprint) == NOT_FOUND:
            return None
        return fingerprint.value

    def is_cross_site_scripting(self, text: bytes) -> bool:
        return bool(self._xss(text, len(text)) != NOT_FOUND)


@cache
def libinjection() -> Libinjection | None:
    """None where the package is not installed, or its library cannot be used here."""
    try:
        return Libinjection()
    except (ImportError, OSError, AttributeError):
        return None


def injection_matches() -> str:
    """What matches SQL injection and cross-site scripting here, for the reports."""
    engine = libinjection()
    if engine is None:
        return (
            f"expressions that approximate AWS's; {PACKAGE} is not installed (CPython 3.11 to "
            "3.13 on x86-64 Linux or Apple silicon can have it)"
        )
    return f"OWASP ModSecurity's libinjection ({PACKAGE} {engine.version}) and expressions"
