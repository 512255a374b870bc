"""Replaces the file of the ``crlFile`` setting by newer lists, whole or not at all.

Source: RFC 5280 section 5.2.3.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.files import exclusive, replace
from portcullis.registry.revocation_lists.in_use import ListInUse, entries_of
from portcullis.registry.revocation_lists.verified import (
    CrlError,
    VerifiedCrl,
    ages_of,
    check_newer,
    load_in_use,
)

FILE_MODE = 0o644


def put_in_place(
    target: Path,
    source: Path,
    fresh: Sequence[VerifiedCrl],
    issuers: Iterable[x509.Certificate],
    *,
    retire: bool = False,
) -> None:
    """Take the lists that ``load`` read from ``source`` into use: one writer at a time.

    The verified lists are written, not ``source`` again: it may be a pipe, or have changed. With
    ``retire``, lists in use that have no successor here are removed.

    Raises:
        CrlError: one is older than the one in use, or the file cannot be read or written.
    """
    try:
        with exclusive(target.parent):
            if target.exists():
                former = _in_use(target, issuers, retire=retire)
                check_newer(source, fresh, ages_of(former), retire=retire)
            replace(target, _pem(fresh), mode=FILE_MODE)
    except OSError as error:
        raise _cannot_write(target, error) from error


class CrlFile:
    """The lists of the file, issuer by issuer; see `in_use.ListPlace`.

    The file is read once, and again under its lock before it is replaced: reading a million entries
    takes seconds.
    """

    def __init__(self, path: Path, truststore: Iterable[x509.Certificate]) -> None:
        self._path = path
        self._truststore = tuple(truststore)
        self._known: tuple[VerifiedCrl, ...] | None = None

    def in_use(self) -> dict[str, ListInUse]:
        return {
            crl.issuer.canonical(): ListInUse(
                issuer=crl.issuer,
                number=crl.number,
                next_update=crl.next_update,
                entries=partial(entries_of, crl),
            )
            for crl in self._lists()
        }

    def is_current(self, crl: VerifiedCrl) -> bool:
        return _pem([crl]) == _pem([f for f in self._lists() if f.issuer == crl.issuer])

    def check_newer(self, crl: VerifiedCrl) -> None:
        former = [f for f in self._lists() if f.issuer == crl.issuer]
        check_newer(self._path, [crl], ages_of(former))

    def replace(self, crl: VerifiedCrl) -> None:
        try:
            with exclusive(self._path.parent):
                self._known = None  # another command may have replaced it
                self.check_newer(crl)
                lists = {f.issuer.canonical(): f for f in self._lists()}
                lists[crl.issuer.canonical()] = crl
                self._known = tuple(lists[issuer] for issuer in sorted(lists))
                replace(self._path, _pem(self._known), mode=FILE_MODE)
        except OSError as error:
            self._known = None
            raise _cannot_write(self._path, error) from error

    def _lists(self) -> tuple[VerifiedCrl, ...]:
        if self._known is None:
            exists = self._path.exists()
            self._known = _in_use(self._path, self._truststore, retire=False) if exists else ()
        return self._known


def _pem(lists: Iterable[VerifiedCrl]) -> bytes:
    return b"".join(one.source.public_bytes(Encoding.PEM) for crl in lists for one in crl.lists)


def _cannot_write(path: Path, error: OSError) -> CrlError:
    return CrlError(
        f"{path} cannot be written: {error.strerror}. Its folder must exist, and you must be "
        "allowed to write there."
    )


def _in_use(
    target: Path, issuers: Iterable[x509.Certificate], *, retire: bool
) -> tuple[VerifiedCrl, ...]:
    """The lists in the file; they may be overdue."""
    try:
        return load_in_use(target, issuers, skip_unverified=retire)
    except CrlError as error:
        raise CrlError(f"{error} It is in use. Where that issuer is gone: --retire.") from error
