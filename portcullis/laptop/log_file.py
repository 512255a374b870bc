"""A log file that others may read while it grows: whole lines, mode 0600."""

import os
from pathlib import Path


class LineFile:
    """Appends one line per call of ``write``; a new run starts with an empty file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._descriptor = os.open(path, flags, 0o600)

    def write(self, line: str) -> None:
        os.write(self._descriptor, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)
