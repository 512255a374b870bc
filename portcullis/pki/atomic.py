"""Writes keys and certificates: a private key is never readable by others, a pair is never torn.

`portcullis.files` does the writing; here are the modes and the errors of the PKI.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from portcullis import files
from portcullis.pki.clock import moment
from portcullis.pki.errors import KeyExposedError, LockedError, StorageError

PRIVATE_FILE: Final = 0o600
PUBLIC_FILE: Final = 0o644
PRIVATE_FOLDER: Final = 0o700

Contents = Mapping[Path, bytes]


def write_private(path: Path, content: bytes) -> None:
    """Write a secret: mode 0600 from the moment it exists, whatever the umask."""
    with reported(path):
        files.put({path: files.draft(path, content, PRIVATE_FILE)})


def write_public(path: Path, content: bytes) -> None:
    with reported(path):
        files.put({path: files.draft(path, content, PUBLIC_FILE)})


def write_together(marker: Path, *, private: Contents, public: Contents) -> None:
    """Write files that make sense only together, such as a certificate and its key.

    Whatever can fail (a full disk) fails before the first of them is touched. ``marker`` exists
    while they are being put in place: where it is found later, the machine stopped just then and
    the files must be written again.
    """
    with reported(marker.parent):
        _write_together(marker, private, public)


def _write_together(marker: Path, private: Contents, public: Contents) -> None:
    drafts: dict[Path, Path] = {}
    try:
        for path, content in private.items():
            drafts[path] = files.draft(path, content, PRIVATE_FILE)
        for path, content in public.items():
            drafts[path] = files.draft(path, content, PUBLIC_FILE)
        write_private(marker, b"")
    except BaseException:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise
    files.put(drafts)
    marker.unlink()


def make_private_folder(path: Path) -> None:
    """Create the folder and its missing parents with mode 0700; existing ones stay as they are."""
    missing = []
    with reported(path):
        while not path.is_dir():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            with suppress(FileExistsError):  # someone else was faster: just as good
                folder.mkdir(PRIVATE_FOLDER)
                folder.chmod(PRIVATE_FOLDER)  # a strict umask may have taken our own rights too


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into an error for people."""
    try:
        yield
    except OSError as error:
        raise StorageError(path, error) from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a folder beside ``path``, then put it there in one step.

    Raises StorageError when ``path`` has come to hold something meanwhile: it is never replaced.
    """
    make_private_folder(path.parent)
    draft = files.draft_path(path)
    make_private_folder(draft)
    try:
        yield draft
        with reported(path):
            files.sync_folder(draft)
            draft.rename(path)
    except BaseException:
        shutil.rmtree(draft)
        raise
    with reported(path.parent):
        files.sync_folder(path.parent)


def move_aside(path: Path, now: datetime | None = None) -> Path | None:
    """Rename to ``<stem>.replaced-<time><suffix>``; answers the new path, or None for no file.

    The suffix stays last, so that rules such as ``*.key`` in a .gitignore go on matching.
    """
    if not path.exists():
        return None
    stamp = moment(now).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.stem}.replaced-{stamp}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}.replaced-{stamp}-{number}{path.suffix}")
    with reported(path):
        path.rename(aside)
        files.sync_folder(path.parent)
    return aside


def rename(path: Path, to: Path) -> None:
    """Rename a folder, and have that on the disk."""
    with reported(path):
        path.rename(to)
        files.sync_folder(to.parent)


def remove(path: Path) -> None:
    with reported(path):
        path.unlink(missing_ok=True)


@contextmanager
def exclusive(folder: Path, seconds: float = files.LOCK_SECONDS) -> Iterator[None]:
    """One writer at a time below ``folder``.

    Raises:
        LockedError: another process has been writing for so long.
    """
    make_private_folder(folder)
    with ExitStack() as stack:
        with reported(folder):
            try:
                stack.enter_context(files.exclusive(folder, seconds))
            except TimeoutError:
                raise LockedError(folder, seconds) from None
        yield


def remove_drafts(folder: Path) -> None:
    """Delete what an interrupted writer left below ``folder``. Only under :func:`exclusive`."""
    with reported(folder):
        for draft in list(folder.rglob(f".*{files.DRAFT_SUFFIX}")):
            if draft.is_dir() and not draft.is_symlink():
                shutil.rmtree(draft)
            else:
                draft.unlink(missing_ok=True)  # it went with its folder


def read(path: Path) -> bytes:
    with reported(path):
        return path.read_bytes()


def read_private(path: Path) -> bytes:
    """Read a secret; KeyExposedError where others can read or replace the file."""
    with reported(path), path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if mode & 0o077:
            raise KeyExposedError(path, mode)
        return file.read()
