"""What a place (a file or a table) says about the lists of one issuer that are in use there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from authorizer.revocations import entry_of
from portcullis.errors import PortcullisError
from portcullis.registry.model import DistinguishedName
from portcullis.registry.revocation_lists.verified import VerifiedCrl


class LeftoverError(PortcullisError):
    """A list was taken into use, but parts of older lists could not be deleted."""


@dataclass(frozen=True, kw_only=True)
class ListInUse:
    issuer: DistinguishedName
    number: int  # the highest of the issuer's lists
    next_update: datetime  # the earliest of them
    entries: Callable[[], frozenset[bytes]]  # as `entry_of`; reads them all


class ListPlace(Protocol):
    """Where lists are in use. Every method raises CrlError or TableError."""

    def in_use(self) -> Mapping[str, ListInUse]:
        """By the canonical name of the issuer; only issuers of the truststore."""

    def is_current(self, crl: VerifiedCrl) -> bool:
        """Whether these lists are in use already, with the keys of the present truststore."""

    def check_newer(self, crl: VerifiedCrl) -> object:
        """Refuse lists that must not replace those in use."""

    def replace(self, crl: VerifiedCrl) -> None:
        """Take the lists of one issuer into use; those of other issuers stay as they are."""


def entries_of(crl: VerifiedCrl) -> frozenset[bytes]:
    issuer = crl.issuer.canonical()
    return frozenset(entry_of(issuer, number) for number in crl.serial_numbers())
