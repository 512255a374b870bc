"""The inventory: which certificates the client authorities issued, and which of them are revoked.

It is a SQLite file that can be lost: the certificates are in each authority's folder, one PEM file
each, and the revocations in its CRL. Both are written before the inventory, and opening it takes
in whatever the folders hold and it does not, so a process that is killed in between loses nothing.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from portcullis.pki import atomic, identifiers, revocation
from portcullis.pki.authority import Authority
from portcullis.pki.certificate_text import attribute, serial_text
from portcullis.pki.clock import moment
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import (
    AuthorityBrokenError,
    CertificateFileError,
    InventoryError,
    NotIssuedError,
)
from portcullis.pki.generations import Generation, generations
from portcullis.pki.inventory_file import connect
from portcullis.pki.layout import PkiLayout
from portcullis.pki.revocation import (
    CRL_LIFETIME,
    RevocationEntry,
    RevocationReason,
    RevocationRecord,
)

_TABLES: Final = ("certificates", "revocations", "lists")


@dataclass(frozen=True, kw_only=True)
class IssuedCertificate:
    client: str
    certificate: x509.Certificate
    generation: Generation
    is_revoked: bool

    def has_ended(self, now: datetime | None = None) -> bool:
        return self.certificate.not_valid_after_utc <= moment(now)


@contextmanager
def opened(layout: PkiLayout) -> Iterator["Inventory"]:
    """The inventory of a PKI folder, in agreement with what the folder holds.

    Raises:
        CertificateFileError: a certificate on record that the inventory does not hold is damaged.
        AuthorityBrokenError: the same with a CRL.
        InventoryError: SQLite cannot write its file.
    """
    try:
        connection = connect(layout.inventory)
        try:
            yield Inventory(layout, connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise InventoryError(layout.inventory, error) from error


class Inventory:
    """An open inventory; see `opened`."""

    def __init__(self, layout: PkiLayout, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.layout = layout
        self.generations = generations(layout)
        self._refresh()

    def issued(self, client: str | None = None) -> list[IssuedCertificate]:
        """Every certificate issued (to that client), oldest first; those of a batch by client."""
        by_id = {generation.id: generation for generation in self.generations}
        rows = self._connection.execute(
            "SELECT generation, client, der, r.serial IS NOT NULL FROM certificates "
            "LEFT JOIN revocations AS r USING (generation, serial) "
            "WHERE client = coalesce(?, client) ORDER BY not_before, not_after, client, serial",
            (client,),
        )
        return [
            IssuedCertificate(
                client=owner,
                certificate=_certificate(der),
                generation=by_id[generation],
                is_revoked=bool(is_revoked),
            )
            for generation, owner, der, is_revoked in rows
        ]

    def usable(
        self,
        client: str,
        serial_number: int | None = None,
        *,
        now: datetime | None = None,
    ) -> list[IssuedCertificate]:
        """The client's certificates that are still accepted, or the one of that serial number.

        Raises:
            NotIssuedError: there is none.
        """
        now = moment(now)
        found = [
            one
            for one in self.issued(client)
            if not one.has_ended(now)
            and not one.is_revoked
            and serial_number in {None, one.certificate.serial_number}
        ]
        if not found:
            raise NotIssuedError(client, self.layout.folder, serial_number)
        return found

    def put_on_record(self, certificate: x509.Certificate) -> None:
        """Add a certificate of the present authority, so that it can be listed and revoked."""
        generation = self.generations[0]
        atomic.make_private_folder(generation.files.issued)
        atomic.write_public(
            generation.files.issued / f"{serial_text(certificate)}.pem", to_pem(certificate)
        )
        self.add(generation, [certificate])

    def add(self, generation: Generation, certificates: Iterable[x509.Certificate]) -> None:
        """Take in certificates whose files are written, in one transaction."""
        rows = [
            (
                generation.id,
                serial_text(certificate),
                client_of(certificate),
                int(certificate.not_valid_before_utc.timestamp()),
                int(certificate.not_valid_after_utc.timestamp()),
                certificate.public_bytes(Encoding.DER),
            )
            for certificate in certificates
        ]
        with self._connection:
            # Another process may have taken in the same files.
            self._connection.executemany(
                "INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?)", rows
            )

    def record_of(self, generation: Generation) -> RevocationRecord:
        """What the next CRL of that authority follows."""
        listed = self._connection.execute(
            "SELECT number FROM lists WHERE generation = ?", (generation.id,)
        ).fetchone()
        rows = self._connection.execute(
            "SELECT serial, reason, revoked_at FROM revocations "
            "WHERE generation = ? ORDER BY position",
            (generation.id,),
        )
        return RevocationRecord(
            crl_number=listed[0] if listed else 0,
            revocations=tuple(
                RevocationEntry(
                    serial_number=int(serial, 16),
                    reason=RevocationReason(reason),
                    revoked_at=datetime.fromtimestamp(revoked_at, UTC),
                )
                for serial, reason, revoked_at in rows
            ),
        )

    def publish(
        self,
        generation: Generation,
        authority: Authority,
        added: Iterable[RevocationEntry] = (),
        *,
        lifetime: timedelta = CRL_LIFETIME,
        now: datetime | None = None,
    ) -> x509.CertificateRevocationList:
        """Sign the next CRL of that authority. Call it under ``atomic.exclusive``."""
        record = self.record_of(generation).followed_by(added)
        crl = revocation.sign(authority, record, lifetime=lifetime, now=now)
        # Number and entries are written in one step, so no number is used for two lists.
        atomic.write_public(generation.files.crl, crl.public_bytes(Encoding.PEM))
        with atomic.reported(generation.files.revocations):
            generation.files.revocations.unlink(missing_ok=True)  # its entries are in the CRL
        self._refresh()
        return crl

    def _refresh(self) -> None:
        ids = [generation.id for generation in self.generations]
        unknown = f"generation NOT IN ({', '.join('?' * len(ids))})"
        for table in _TABLES:
            if self._connection.execute(
                f"SELECT 1 FROM {table} WHERE {unknown} LIMIT 1",  # noqa: S608 - names of ours
                ids,
            ).fetchone():
                with self._connection:
                    self._connection.execute(
                        f"DELETE FROM {table} WHERE {unknown}",  # noqa: S608
                        ids,
                    )
        for generation in self.generations:
            self._refresh_certificates(generation)
            self._refresh_revocations(generation)

    def _refresh_certificates(self, generation: Generation) -> None:
        folder = generation.files.issued
        names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - ten thousand names
        in_folder = {_serial_in(name): name for name in names if name.endswith(".pem")}
        rows = self._connection.execute(
            "SELECT serial FROM certificates WHERE generation = ?", (generation.id,)
        )
        known = {serial for (serial,) in rows}
        missed = [name for serial, name in in_folder.items() if serial not in known]
        if missed:
            self.add(generation, (_on_record(folder / name) for name in missed))
        for serial in known - in_folder.keys():
            (der,) = self._connection.execute(
                "SELECT der FROM certificates WHERE generation = ? AND serial = ?",
                (generation.id, serial),
            ).fetchone()
            certificate = _certificate(der)
            atomic.make_private_folder(folder)
            atomic.write_public(folder / f"{serial_text(certificate)}.pem", to_pem(certificate))

    def _refresh_revocations(self, generation: Generation) -> None:
        digest = _digest(generation)
        listed = self._connection.execute(
            "SELECT number, digest FROM lists WHERE generation = ?", (generation.id,)
        ).fetchone()
        if digest is None or (listed and listed[1] == digest):
            return
        try:
            record = revocation.load(generation.files, generation.issuing)
        except AuthorityBrokenError:
            if listed is None:
                raise
            return  # the inventory holds them, and the next CRL replaces the file
        number = max(record.crl_number, listed[0] if listed else 0)
        rows = [
            (
                generation.id,
                identifiers.serial_text(r.serial_number),
                r.reason,
                int(r.revoked_at.timestamp()),
            )
            for r in record.revocations
        ]
        with self._connection:
            self._connection.executemany(
                "INSERT OR IGNORE INTO revocations (generation, serial, reason, revoked_at) "
                "VALUES (?, ?, ?, ?)",
                rows,
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", (generation.id, number, digest)
            )


def newest_by_client(issued: Iterable[IssuedCertificate]) -> dict[str, IssuedCertificate]:
    """Each client's newest certificate that is not revoked; older ones may end after a renewal."""
    return {one.client: one for one in issued if not one.is_revoked}


def expiring(
    issued: Iterable[IssuedCertificate], within: timedelta, *, now: datetime | None = None
) -> list[IssuedCertificate]:
    """The newest certificates that are still accepted and end within that time."""
    now = moment(now)
    return [
        one
        for one in newest_by_client(issued).values()
        if now < one.certificate.not_valid_after_utc <= now + within
    ]


def client_of(certificate: x509.Certificate) -> str:
    """The client id, which is the common name."""
    return attribute(certificate.subject, NameOID.COMMON_NAME)


def _serial_in(name: str) -> str:
    """The serial number in a file name, which earlier versions wrote in upper case, with zeros."""
    return name.removesuffix(".pem").lower().lstrip("0")


def _certificate(der: bytes) -> x509.Certificate:
    """Of a row, whose bytes SQLite does not check."""
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise sqlite3.DataError("it holds a certificate that is damaged") from None


def _on_record(path: Path) -> x509.Certificate:
    with suppress(ValueError):
        certificate = x509.load_pem_x509_certificate(atomic.read(path))
        if serial_text(certificate) == _serial_in(path.name):
            return certificate
    raise CertificateFileError(
        f"{path} is not the certificate that was recorded. Restore it from a backup; without it "
        "that certificate cannot be revoked."
    )


def _digest(generation: Generation) -> str | None:
    """Of the files that hold revocations; None where there are none."""
    found = [
        atomic.read(path)
        for path in (generation.files.crl, generation.files.revocations)
        if path.exists()
    ]
    return hashlib.sha256(b"\0".join(found)).hexdigest() if found else None
