"""A client's own certificate and key files, replaced so that a kill at any moment loses neither.

Two files cannot be replaced in one step. So the new pair is first written to one file beside the
certificate; from then on it is the pair that counts, and the next run puts it in place if this one
was ended.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from portcullis import files
from portcullis.pki import atomic, certificate_file, keys
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.keys import PrivateKey


class PairBrokenError(PkiError):
    """The files do not hold a certificate and its key."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} {what} Name the PEM files of one client certificate and its unencrypted key "
            "with --client-cert and --key."
        )


@dataclass(frozen=True, kw_only=True)
class OwnPair:
    """``certificate`` is a PEM file with the leaf first; ``key`` is another file."""

    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        if self.certificate.resolve() == self.key.resolve():
            raise PkiMisuseError(
                f"--client-cert and --key are the same file {self.key}. Keep the key in a file of "
                "its own."
            )

    @property
    def pending(self) -> Path:
        """The new pair while it is put in place."""
        return self.certificate.with_name(f".{self.certificate.name}.renewed")

    @property
    def _candidate(self) -> Path:
        return self.certificate.with_name(f".{self.certificate.name}.candidate")

    def read(self) -> tuple[x509.Certificate, PrivateKey]:
        """The pair, after an interrupted replacement is finished.

        Raises:
            PairBrokenError, KeyExposedError, StorageError: it cannot be used.
        """
        atomic.remove(self._candidate)  # a run was ended while it tried one
        self.finish()
        leaf = _leaf(self.certificate, atomic.read(self.certificate))
        key = _key(self.key, atomic.read_private(self.key))
        if not keys.belongs(key, leaf.public_key()):
            raise PairBrokenError(self.key, f"does not hold the key of {self.certificate}.")
        return leaf, key

    @contextmanager
    def tried(self, key: PrivateKey, chain_pem: bytes) -> Iterator[Path]:
        """A file with a new key and its certificate, to call with before they are put in place."""
        try:
            atomic.write_private(self._candidate, keys.to_pem(key) + chain_pem)
            yield self._candidate
        finally:
            atomic.remove(self._candidate)

    def replace(self, key: PrivateKey, chain_pem: bytes) -> None:
        """Put a new key and its certificate in place of the old ones."""
        atomic.write_private(self.pending, keys.to_pem(key) + chain_pem)
        self.finish()

    def finish(self) -> None:
        """Put a pending pair in place; nothing happens without one."""
        if not self.pending.exists():
            return
        content = atomic.read_private(self.pending)
        leaf, key = _leaf(self.pending, content), _key(self.pending, content)
        if not keys.belongs(key, leaf.public_key()):
            raise PairBrokenError(self.pending, "holds no pair. Delete it, and run it again.")
        key_pem = keys.to_pem(key)
        _put(self.key, key_pem, atomic.PRIVATE_FILE)
        _put(self.certificate, content[len(key_pem) :], atomic.PUBLIC_FILE)
        atomic.remove(self.pending)


def _put(path: Path, content: bytes, mode: int) -> None:
    """Replace a file, for the same owner: a job of root must not take it from the service."""
    with atomic.reported(path):
        real = path.resolve()
        before = real.stat()
        draft = files.draft(real, content, mode)
        if os.geteuid() == 0:
            os.chown(draft, before.st_uid, before.st_gid)
        files.put({real: draft})


def _leaf(path: Path, content: bytes) -> x509.Certificate:
    try:
        return certificate_file.certificates(content)[0]
    except ValueError:
        raise PairBrokenError(path, "holds no certificate in PEM.") from None


def _key(path: Path, content: bytes) -> PrivateKey:
    try:
        return keys.from_pem(content)
    except ValueError:  # its message may quote the content
        raise PairBrokenError(path, "holds no unencrypted EC or RSA key in PEM.") from None
