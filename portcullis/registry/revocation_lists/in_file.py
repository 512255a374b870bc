"""Replaces the file of the ``crlFile`` setting by newer lists, whole or not at all.

Source: RFC 5280 section 5.2.3.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portcullis.files import exclusive, replace
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
    content = b"".join(one.source.public_bytes(Encoding.PEM) for crl in fresh for one in crl.lists)
    try:
        with exclusive(target.parent):
            if target.exists():
                former = _in_use(target, issuers, retire=retire)
                check_newer(source, fresh, ages_of(former), retire=retire)
            replace(target, content, mode=FILE_MODE)
    except OSError as error:
        raise CrlError(
            f"{target} cannot be written: {error.strerror}. Its folder must exist, and you must be "
            "allowed to write there."
        ) from error


def _in_use(
    target: Path, issuers: Iterable[x509.Certificate], *, retire: bool
) -> tuple[VerifiedCrl, ...]:
    """The lists in the file; they may be overdue."""
    try:
        return load_in_use(target, issuers, skip_unverified=retire)
    except CrlError as error:
        raise CrlError(f"{error} It is in use. Where that issuer is gone: --retire.") from error
