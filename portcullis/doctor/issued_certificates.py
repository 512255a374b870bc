"""Checks what expires in a PKI folder: client certificates, authorities, lists, servers'."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from portcullis.doctor.diagnosis import Diagnosis, fail, ok, skipped, warn
from portcullis.doctor.expiring import described, ending
from portcullis.pki import expiry, hierarchy, inventory
from portcullis.pki.clock import moment
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.expiry import ExpiryKind, ExpiryState
from portcullis.pki.inventory import Inventory
from portcullis.pki.layout import PkiLayout, Purpose

CHECK = "client certificates"
OWN_LIST = "own crl"
AUTHORITIES = "authorities"
LAPTOP = "laptop's certificate"


def check_issued_certificates(folder: Path, *, now: datetime | None = None) -> Iterator[Diagnosis]:
    """A client is judged by its newest certificate: older ones may end after a renewal."""
    layout = PkiLayout(folder)
    if not hierarchy.exists(layout.authority(Purpose.CLIENT)):
        yield skipped(CHECK, f"{folder} has no client authority (see PORTCULLIS_PKI)")
        return
    try:
        with inventory.opened(layout) as known:
            yield from _clients(known, moment(now))
            yield from _folder(known, moment(now))
    except (PkiError, PkiMisuseError) as error:
        yield fail(CHECK, str(error))


def _clients(known: Inventory, now: datetime) -> Iterator[Diagnosis]:
    clients = expiry.of_clients(known.issued(), now)
    due = list(ending(CHECK, clients, ended=warn))
    yield from due
    if not due:
        yield ok(CHECK, f"{known.layout.folder}: clients: {len(clients)}, none due for renewal")


def _folder(known: Inventory, now: datetime) -> Iterator[Diagnosis]:
    for one in expiry.of_folder(known, now):
        if one.kind is ExpiryKind.LIST:
            yield from ending(OWN_LIST, [one], ended=warn)
            if one.state is ExpiryState.OK:
                yield ok(OWN_LIST, described(one))
        elif one.kind is ExpiryKind.SERVER:
            yield from ending(LAPTOP, [one], ended=warn)
        else:
            yield from ending(AUTHORITIES, [one])
