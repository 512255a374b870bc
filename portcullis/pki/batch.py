"""Issues the certificates of many clients. A run that is killed loses and doubles nothing.

The files of hundreds of clients are written as drafts beside their final names, the certificates
are put on record, and only then are the drafts renamed. The drafts that a killed run leaves behind
belong to a certificate on record, and the next run renames them, or to none, and it deletes them.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from portcullis import files
from portcullis.pki import atomic, hierarchy, issuance, keys, passphrase, pfx
from portcullis.pki.certificate_text import serial_text
from portcullis.pki.clock import moment
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.inventory import Inventory
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import ClientFiles, Purpose
from portcullis.pki.signing_request import proven_key

BATCH: Final = 1000  # certificates that are synced to the disk and put on record at once
_DRAFT: Final = re.compile(
    r"\.(?P<client>.+)\.(?P<serial>[0-9a-f]+)\.(?P<kind>pem|pfx\.passphrase|pfx|key)\.part"
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One certificate to issue; ``csr`` where the partner has the key."""

    request: ClientRequest
    csr: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    to_issue: tuple[Order, ...]
    existing: tuple[str, ...]  # clients whose files are there already


class Batch:
    """The issuing of many certificates into one folder. Use it under ``atomic.exclusive``."""

    def __init__(
        self,
        inventory: Inventory,
        folder: Path,
        *,
        with_pfx: bool = False,
        now: datetime | None = None,
    ) -> None:
        self._inventory = inventory
        self._folder = folder
        self._with_pfx = with_pfx
        self._now = moment(now)
        self.authority = hierarchy.load(inventory.layout, Purpose.CLIENT, self._now).issuing
        self._issuer_pem = to_pem(self.authority.certificate)

    def plan(self, orders: Iterable[Order], *, replace: bool = False) -> BatchPlan:
        """Compare the orders with the folder; nothing is written.

        Raises:
            OutputExistsError: a client has other files there and ``replace`` is not set.
        """
        names = set(self._names())
        drafted = {found["client"] for found in map(_DRAFT.fullmatch, names) if found}
        usable = {
            one.certificate
            for one in self._inventory.issued()
            if one.generation.is_current and not one.is_revoked and not one.has_ended(self._now)
        }
        to_issue, existing = [], []
        for order in orders:
            place = ClientFiles.below(self._folder, order.request.client)
            present = [p for p in (place.certificate, place.key, place.pfx) if p.name in names]
            if present and self._is_done(order, place, usable):
                existing.append(order.request.client)
                continue
            if present and not replace and order.request.client not in drafted:
                raise OutputExistsError(
                    present[0],
                    "It does not belong to a certificate on record that is valid and has the names "
                    "asked for. To move such files aside and issue new certificates, add --force.",
                )
            to_issue.append(order)
        return BatchPlan(to_issue=tuple(to_issue), existing=tuple(existing))

    def finish_interrupted(self) -> int:
        """Put in place what a killed run left; returns the number of certificates."""
        serials = {serial_text(one.certificate) for one in self._inventory.issued()}
        finished = set()
        for found in filter(None, map(_DRAFT.fullmatch, sorted(self._names()))):
            client, serial = found["client"], found["serial"]
            if serial not in serials:
                (self._folder / found.string).unlink()
            elif serial not in finished:
                finished.add(serial)
                self._put(client, serial)
        return len(finished)

    def run(self, orders: Sequence[Order]) -> Iterator[x509.Certificate]:
        """Issue; a certificate is yielded when its files are in place."""
        generation = self._inventory.generations[0]
        for folder in (self._folder, generation.files.issued):
            atomic.make_private_folder(folder)
        for start in range(0, len(orders), BATCH):
            part = orders[start : start + BATCH]
            with atomic.reported(self._folder):
                certificates = [self._draft(order, generation.files.issued) for order in part]
                os.sync()  # once for all: a sync of each file takes longer than all the rest
            self._inventory.add(generation, certificates)
            for order, certificate in zip(part, certificates, strict=True):
                self._put(order.request.client, serial_text(certificate))
                yield certificate
        os.sync()

    def _draft(self, order: Order, issued: Path) -> x509.Certificate:
        request = order.request
        if order.csr is not None:
            certificate = issuance.certify(self.authority, request, order.csr, now=self._now)
            contents: dict[str, bytes] = {}
        else:
            credential = issuance.make(self.authority, request, now=self._now)
            certificate, contents = credential.certificate, {"key": credential.key_pem}
            if self._with_pfx:
                phrase = passphrase.generate()
                contents["pfx"] = pfx.encode(credential, request.client, phrase)
                contents["pfx.passphrase"] = phrase.encode() + b"\n"
        pem, serial = to_pem(certificate), serial_text(certificate)
        for kind, content in contents.items():
            self._create(request.client, serial, kind, content, atomic.PRIVATE_FILE)
        self._create(request.client, serial, "pem", pem + self._issuer_pem, atomic.PUBLIC_FILE)
        # On record from here on.
        draft = files.draft_path(issued / f"{serial}.pem")
        files.create(draft, pem, atomic.PUBLIC_FILE, sync=False)
        draft.rename(issued / f"{serial}.pem")
        return certificate

    def _create(self, client: str, serial: str, kind: str, content: bytes, mode: int) -> None:
        path = self._folder / f".{client}.{serial}.{kind}.part"
        files.create(path, content, mode, sync=False)

    def _put(self, client: str, serial: str) -> None:
        """Rename the drafts, the certificate first, after the files of an older one."""
        place = ClientFiles.below(self._folder, client)
        paths = {
            "pem": place.certificate,
            "key": place.key,
            "pfx": place.pfx,
            "pfx.passphrase": place.pfx_passphrase,
        }
        with atomic.reported(self._folder):
            for kind, path in paths.items():
                draft = self._folder / f".{client}.{serial}.{kind}.part"
                if kind == "pem" and draft.exists():
                    for old in paths.values():
                        atomic.move_aside(old, self._now)
                if draft.exists():
                    draft.rename(path)

    def _is_done(self, order: Order, place: ClientFiles, usable: set[x509.Certificate]) -> bool:
        if not place.certificate.is_file() or (self._with_pfx and not place.pfx.is_file()):
            return False
        try:
            leaf = x509.load_pem_x509_certificate(atomic.read(place.certificate))
            if leaf not in usable:
                return False
            sans = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            if set(sans) != set(order.request.names):
                return False
            if order.csr is not None:
                return leaf.public_key() == proven_key(order.csr)
            return place.key.is_file() and keys.belongs(
                keys.from_pem(atomic.read_private(place.key)), leaf.public_key()
            )
        except ValueError:
            return False

    def _names(self) -> list[str]:
        with atomic.reported(self._folder):
            return os.listdir(self._folder) if self._folder.is_dir() else []  # noqa: PTH208
