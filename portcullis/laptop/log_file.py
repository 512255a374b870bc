"""Lines that others read while we write: appended whole, for their owner only."""

import os
from pathlib import Path


class LineFile:
    """One line per call, on disk when the call returns; a new run starts a new file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._descriptor = os.open(path, flags, 0o600)

    def write(self, line: str) -> None:
        os.write(self._descriptor, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)
