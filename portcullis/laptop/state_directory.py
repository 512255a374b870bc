"""The laptop's state directory: certificates, caches, logs, and a lock for one running laptop."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portcullis.errors import PortcullisError

SOCKET_PATH_LIMIT_BYTES = 107  # sun_path of Linux's unix(7), without the closing NUL


@dataclass(frozen=True)
class StateDirectory:
    """The folders under ``.portcullis/``, each with mode 0700."""

    root: Path

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def engine(self) -> Path:
        """State, plugin and passphrase of `pulumi up` against the stand-in."""
        return self.root / "engine"

    @property
    def gateway_certificates(self) -> Path:
        """What the gateway presents to its backend."""
        return self.root / "gateway"

    @property
    def backend_trust(self) -> Path:
        """The client certificates that the backend accepts."""
        return self.run / "backend-trust.pem"

    @property
    def access_log(self) -> Path:
        return self.logs / "access.jsonl"

    @property
    def ready_file(self) -> Path:
        return self.run / "ready.json"

    @property
    def jwks_file(self) -> Path:
        return self.run / "jwks.json"

    def make(self) -> None:
        for folder in (self.root, self.logs, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def control_socket(self) -> Path:
        """A path short enough for a Unix socket: in here, or in a private temporary folder."""
        here = self.run / "control.sock"
        if len(os.fsencode(here)) <= SOCKET_PATH_LIMIT_BYTES:
            return here
        return Path(tempfile.mkdtemp(prefix="portcullis-")) / "control.sock"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Lock the directory for one running laptop; the lock ends with its process.

        Raises:
            PortcullisError: another live process holds it.
        """
        self.make()
        path = self.run / "lock"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                process = lock.read(20).strip() or "unknown"
                raise PortcullisError(
                    f"A laptop already runs in {self.root} (process {process}). "
                    "Stop it with Ctrl-C, or start this one beside it with --state-dir DIR."
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            self.ready_file.unlink(missing_ok=True)  # left behind by a laptop that was killed
            try:
                yield
            finally:
                self.ready_file.unlink(missing_ok=True)
