"""A process that several plans of one laptop use, because its start takes a second or more."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Enters ``start`` once, and again when the content that it depends on has changed.

    For use in threads: ``end`` waits for a start that is under way.
    """

    def __init__(self, start: Callable[[Path], AbstractContextManager[T]]) -> None:
        self._start = start
        self._exit = ExitStack()
        self._present: tuple[Path, bytes, T] | None = None
        self._lock = Lock()

    def get(self, directory: Path, content: bytes = b"") -> T:
        with self._lock:
            present = self._present
            if present is not None and present[:2] == (directory, content):
                return present[2]
            self._end()
            started = self._exit.enter_context(self._start(directory))
            self._present = (directory, content, started)
            return started

    def end(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._present = None
        self._exit.close()


def content_of(folder: Path) -> bytes:
    """A digest of every file below a folder, hidden ones and compiled modules left out."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if any(part.startswith(".") or part == "__pycache__" for part in parts):
            continue
        if file.is_file():
            digest.update(b"\0".join((str(file).encode(), file.read_bytes(), b"")))
    return digest.digest()
