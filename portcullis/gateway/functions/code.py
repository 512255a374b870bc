"""Unpacks a function's zip, as Lambda does under /var/task, and makes the runtime beside it.

Every run unpacks again, so that exactly the zip's content runs and nothing that was left in the
state directory. The runtime holds the modules of AWS's Python runtime and no others, so that a
module missing in the zip is missing here too.

Source: Lambda Developer Guide, "Lambda quotas" and "Building Lambda functions with Python".
"""

import fcntl
import hashlib
import importlib.util
import io
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from types import TracebackType

from portcullis.errors import PortcullisError

UNZIPPED_LIMIT_BYTES = 262144000  # Lambda quota, deployment package unzipped
_ENTRIES_LIMIT = 50000
_ENCRYPTED = 0x1  # general purpose bit 0, APPNOTE.TXT 4.4.4
_RUNTIME = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_BESIDE = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


class FunctionCodeError(PortcullisError):
    """A zip that must not be unpacked, or a runtime that is not installed."""


class Workspace:
    """The directories of one run; removed at its end, or by the next run if it was killed."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(root)
        self.path = Path(tempfile.mkdtemp(prefix="run-", dir=root))
        # Held while the process lives: a free lock tells the next run that this one has ended.
        self._lock = os.open(self.path / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def unpack(self, code: Path) -> Path:
        """The zip's content in a directory named after its SHA-256.

        Raises:
            FunctionCodeError: not a zip, or one with entries that no deployment package has.
        """
        try:
            content = code.read_bytes()
        except OSError as error:
            raise FunctionCodeError(f"Cannot read {code}: {error.strerror}.") from error
        directory = self.path / hashlib.sha256(content).hexdigest()
        if not directory.exists():
            directory.mkdir()
            try:
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    _extract(archive, directory)
            except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError) as error:
                raise FunctionCodeError(f"Cannot unpack {code}: {error}") from error
            except FunctionCodeError as error:
                raise FunctionCodeError(f"Cannot unpack {code}: {error}") from None
        return directory

    def runtime(self) -> Path:
        """A directory with awslambdaric and what AWS installs beside it, linked from here.

        Raises:
            FunctionCodeError: a part is not installed.
        """
        directory = self.path / "runtime"
        if not directory.exists():
            directory.mkdir()
            for module in (*_RUNTIME, *_BESIDE):
                place = _place(module)
                if place is not None:
                    (directory / place.name).symlink_to(place)
                elif module in _RUNTIME:
                    raise FunctionCodeError(
                        f"{module} is not installed, so no function can run. Run: make up"
                    )
        return directory

    def scratch(self, name: str) -> Path:
        """A directory that the function may write, as /tmp is on AWS."""
        directory = self.path / "tmp" / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


def _remove_abandoned(root: Path) -> None:
    for run in root.glob("run-*"):
        try:
            lock = os.open(run / ".lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # being made at this moment, or not a run's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(run, ignore_errors=True)
        except BlockingIOError:  # that run is still alive
            pass
        finally:
            os.close(lock)


def _extract(archive: zipfile.ZipFile, into: Path) -> None:
    entries = archive.infolist()
    if len(entries) > _ENTRIES_LIMIT:
        raise FunctionCodeError(f"it has more than {_ENTRIES_LIMIT} entries")
    if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT_BYTES:
        raise FunctionCodeError(f"it unpacks to more than {UNZIPPED_LIMIT_BYTES} bytes")
    seen: set[str] = set()
    for entry in entries:
        name = _checked_name(entry)
        if name in seen:
            raise FunctionCodeError(f"it has two entries named {name!r}")
        seen.add(name)
        target = into / name
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # `x`: never over something that is there. The size was declared and is not exceeded.
        with archive.open(entry) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink)
        target.chmod(0o755 if entry.external_attr >> 16 & 0o100 else 0o644)


def _checked_name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    path = PurePosixPath(name)
    mode = entry.external_attr >> 16
    if entry.flag_bits & _ENCRYPTED:
        raise FunctionCodeError(f"its entry {name!r} is encrypted")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FunctionCodeError(f"its entry {name!r} is neither a file nor a directory")
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name:
        raise FunctionCodeError(f"its entry {name!r} points outside of it")
    return str(path)


def _place(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.origin else None
