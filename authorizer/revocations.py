"""Looks up certificates in the revocation lists, which the packaging wrote as a table of hashes.

The packaging has checked the lists' signatures, numbers and issuers. Their dates are checked here:
an overdue list does not say what was revoked since, so it means deny, as a missing one does, unless
a grace was set.

The file: a head, facts of the lists and their issuers' keys as JSON, a directory of buckets, and
8 bytes per revoked certificate. A lookup reads one bucket of about 8 entries; init reads none.
8 bytes of SHA-256: among a million revoked certificates a good one is taken for a revoked one with
probability 5e-14, and a revoked one never for a good one. The registry's table holds the same
entries in larger buckets, one item each.
Source: RFC 5280 section 5.
"""

import hashlib
import json
import os
import struct
from pathlib import Path
from typing import NamedTuple

from authorizer.certificate import ClientCertificate
from authorizer.issuer_keys import IssuerKeys, KeyStatus
from authorizer.reasons import FailedError, Reason, RefusedError

MAGIC = b"PCCRLS02"
HEAD = struct.Struct(">8sII")  # magic, number of buckets, bytes of JSON
ENTRY_BYTES = 8


class RevocationList(NamedTuple):
    """Number and dates of an issuer's list."""

    number: int
    this_update: float  # seconds since the epoch
    next_update: float


class Listing(NamedTuple):
    """What the lists say about one certificate: its own entry, and the key that signed it."""

    crl: RevocationList | None  # the list of its issuer
    is_revoked: bool
    issuer_key: KeyStatus


def check(listing: Listing | None, *, now: float, grace_seconds: int) -> float:
    """Until when, in seconds since the epoch, the certificate counts as not revoked.

    That is the list's next update; from then on, with a grace, the end of the grace. So a
    remembered answer ends at the next update, and the log shows the overdue list.

    Raises:
        RefusedError: ``revoked``.
        FailedError: ``revocation_unknown``: its issuer's list is missing or overdue, or does not
            cover the key that signed the certificate.
    """
    if listing is None:
        raise unknown("no revocation list of its issuer")
    if listing.is_revoked:
        raise RefusedError(Reason.REVOKED, "the certificate is in its issuer's revocation list")
    if listing.issuer_key is KeyStatus.REVOKED:
        raise RefusedError(Reason.REVOKED, "the certificate's issuer is revoked")
    if listing.crl is None:
        raise unknown("no revocation list of its issuer")
    if listing.issuer_key is not KeyStatus.ACCEPTED:
        raise unknown("no revocation list of its issuer covers it")
    next_update = listing.crl.next_update
    if now < next_update:
        return next_update
    if now < next_update + grace_seconds:
        return next_update + grace_seconds
    raise unknown("the revocation list of its issuer is overdue")


class RevocationLists:
    """All lists of the zip."""

    def __init__(self, path: Path) -> None:
        """Read the lists' facts, none of their entries.

        Raises:
            FailedError: the file is not what the packaging writes.
        """
        try:
            self._file = os.open(path, os.O_RDONLY)
            magic, self._buckets, length = HEAD.unpack(os.pread(self._file, HEAD.size, 0))
            facts = json.loads(os.pread(self._file, length, HEAD.size))
            lists, keys, revoked = facts["lists"], facts["keys"], facts["revokedIssuers"]
            self._lists = {issuer: RevocationList(*lists[issuer]) for issuer in lists}
            self._keys = {
                issuer: IssuerKeys.decoded(keys[issuer], has_revoked=issuer in revoked)
                for issuer in keys
            }
            self._directory = HEAD.size + length
            self._entries = self._directory + 4 * (self._buckets + 1)
            (count,) = struct.unpack(">I", self._read(self._directory + 4 * self._buckets, 4))
            size = os.fstat(self._file).st_size
        except (OSError, ValueError, TypeError, KeyError, struct.error) as error:
            raise unknown(f"{path.name} is not readable: {type(error).__name__}") from error
        if magic != MAGIC or size != self._entries + ENTRY_BYTES * count:
            raise unknown(f"{path.name} is damaged")

    def listing(self, certificate: ClientCertificate) -> Listing | None:
        """None where neither a list of its issuer nor of a CA above it is known.

        Raises:
            FailedError: ``revocation_unknown``: the file can no longer be read.
        """
        keys = self._keys.get(certificate.issuer)
        if keys is None:
            return None
        return Listing(
            self._lists.get(certificate.issuer),
            self._holds(certificate.issuer, certificate.serial_number),
            keys.status(certificate.der),
        )

    def _holds(self, issuer: str, serial_number: str) -> bool:
        wanted = entry_of(issuer, serial_number)
        try:
            start, end = struct.unpack(
                ">II", self._read(self._directory + 4 * bucket_of(wanted, self._buckets), 8)
            )
            bucket = self._read(self._entries + ENTRY_BYTES * start, ENTRY_BYTES * (end - start))
        except (OSError, struct.error) as error:
            raise unknown(f"a list is not readable: {type(error).__name__}") from error
        return holds(bucket, wanted)

    def _read(self, offset: int, length: int) -> bytes:
        content = os.pread(self._file, length, offset)
        if len(content) != length:
            raise OSError
        return content


def entry_of(issuer: str, serial_number: str) -> bytes:
    """The hash of a revoked certificate; the issuer is in the form of `canonical`."""
    return hashlib.sha256(f"{issuer}\0{serial_number}".encode()).digest()[:ENTRY_BYTES]


def bucket_of(entry: bytes, buckets: int) -> int:
    """The bucket of an entry: its first 4 bytes, scaled, since hashes are evenly distributed."""
    return int.from_bytes(entry[:4], "big") * buckets >> 32


def holds(bucket: bytes, entry: bytes) -> bool:
    """Whether the bucket has this entry; a match inside two other entries does not count."""
    return any(bucket[at : at + ENTRY_BYTES] == entry for at in range(0, len(bucket), ENTRY_BYTES))


def unknown(detail: str) -> FailedError:
    return FailedError(Reason.REVOCATION_UNKNOWN, detail)
