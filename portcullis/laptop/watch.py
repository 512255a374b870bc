"""Watches the files of a project: returns once they have changed and then stayed the same."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

POLL_SECONDS = 0.2
# Two looks that see the same: an editor writes a file in several steps, or saves several files.
SETTLED_SECONDS = 0.1
SUFFIXES = (".py", ".yaml", ".yml", ".json", ".pem", ".crl", ".toml", ".txt")
# Not read by a plan: tests and pages, and what tools install.
LEFT_OUT = frozenset({"tests", "docs", "node_modules", "site-packages", "__pycache__", "venv"})

Signature = Mapping[str, tuple[int, int, int]]  # inode, size, time of change


class Watch:
    """The files below a folder, hidden ones left out, and further ones by name."""

    def __init__(self, folder: Path, *files: Path) -> None:
        self._folder = folder
        self._files = files
        self._seen = self._look()

    async def changed(self) -> list[Path]:
        """Wait for a change to settle.

        Returns:
            The files that were written, added or removed.
        """
        present = self._seen
        while present == self._seen:
            await asyncio.sleep(POLL_SECONDS)
            present = await asyncio.to_thread(self._look)
        while True:
            await asyncio.sleep(SETTLED_SECONDS)
            previous, present = present, await asyncio.to_thread(self._look)
            if previous == present:
                break
        before, self._seen = self._seen, present
        names = before.keys() | present.keys()
        return sorted(Path(n) for n in names if before.get(n) != present.get(n))

    def _look(self) -> Signature:
        return dict(self._signatures())

    def _signatures(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        for path in (*_below(str(self._folder)), *map(str, self._files)):
            try:
                status = os.stat(path)  # noqa: PTH116 - some hundred files, five times a second
            except OSError:  # removed, as in a save by renaming
                continue
            yield path, (status.st_ino, status.st_size, status.st_mtime_ns)


def _below(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # removed meanwhile
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in LEFT_OUT:
            continue
        if entry.is_dir(follow_symlinks=False):  # a link may lead to a folder above
            yield from _below(entry.path)
        elif entry.name.endswith(SUFFIXES):
            yield entry.path
