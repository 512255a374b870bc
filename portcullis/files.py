"""Replaces a file whole or not at all, and lets one writer at a time into a folder.

Everything here raises OSError; the callers know what to say about it.
"""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOCK_SECONDS: Final = 30.0  # making an RSA-4096 authority takes two or three on a slow machine
DRAFT_SUFFIX: Final = ".tmp"


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write the file, or leave it as it is. A symbolic link stays one: its target is replaced."""
    real = path.resolve()
    put({real: draft(real, content, mode)})


def draft(path: Path, content: bytes, mode: int) -> Path:
    """A complete file beside ``path``, for `put` to rename; of this mode from the first moment."""
    beside = draft_path(path)
    create(beside, content, mode)
    return beside


def create(path: Path, content: bytes, mode: int, *, sync: bool = True) -> None:
    """A new file of this mode from the first moment; none is left behind by an error.

    ``sync`` waits for the disk. Without it, the caller syncs many files at once.
    """
    descriptor = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # the umask may have removed some of its bits
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def put(drafts: Mapping[Path, Path]) -> None:
    """Rename each draft to its path, one after the other. No draft is left behind."""
    try:
        for path, beside in drafts.items():
            beside.rename(path)
    finally:
        for beside in drafts.values():
            beside.unlink(missing_ok=True)
    for folder in {path.parent for path in drafts}:
        sync_folder(folder)


def draft_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}{DRAFT_SUFFIX}")


def sync_folder(path: Path) -> None:
    """Have the folder's entries on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(folder: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the folder's lock. It leaves no file behind and is released when its process ends.

    Raises:
        TimeoutError: another process has held it for so long.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(descriptor, seconds)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(
                    errno.ETIMEDOUT, f"another process has locked its folder for {seconds:g} s"
                ) from None
            time.sleep(0.02)
        else:
            return
