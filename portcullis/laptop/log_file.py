"""A log file that others may read while it grows: whole lines, mode 0600, bounded."""

import asyncio
import os
from pathlib import Path

KEPT_FILES = 5  # older ones, as NAME.1 (the newest) to NAME.5
MAX_BYTES = 64 * 1024 * 1024  # of each file


class LineFile:
    """Appends one line per call of ``write`` or ``write_soon``.

    A line is in the file before the answer of its call leaves: nothing is lost when the process is
    killed, and a client may look for its line at once.

    A new run starts with an empty file. The lines of earlier runs, and of a file that has
    MAX_BYTES, are kept in KEPT_FILES older files.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._descriptor = self._begin()
        self._waiting: list[str] = []

    def write(self, line: str) -> None:
        """The line is in the file when this returns."""
        self._waiting.append(line)
        self._flush()

    def write_soon(self, line: str) -> None:
        """The line is in the file before anything that the event loop is asked for after this.

        The lines of calls that end in the same turn of the loop are written together.
        """
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(line)

    def close(self) -> None:
        self._flush()
        os.close(self._descriptor)

    def _flush(self) -> None:
        if not self._waiting:
            return
        self._waiting.append("")
        text = "\n".join(self._waiting)
        self._waiting.clear()
        self._size += os.write(self._descriptor, text.encode())
        if self._size >= self._max_bytes:
            os.close(self._descriptor)
            self._descriptor = self._begin()

    def _begin(self) -> int:
        if self.path.exists() and self.path.stat().st_size:
            for number in range(KEPT_FILES, 0, -1):
                earlier = self._older(number - 1)
                if earlier.exists():
                    earlier.replace(self._older(number))
        self._size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW
        return os.open(self.path, flags, 0o600)

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
