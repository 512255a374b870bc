"""Replaces the lists in use by those that their issuers publish, issuer by issuer.

All lists of an issuer are replaced together or not at all. Whatever goes wrong with one issuer, its
lists in use stay, and the other issuers are updated.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

from cryptography import x509

from portcullis.errors import ExitCode, PortcullisError
from portcullis.pki.certificate_text import name_text
from portcullis.registry.model import DistinguishedName
from portcullis.registry.revocation_lists.fetching import FetchError, ListSource
from portcullis.registry.revocation_lists.in_use import (
    LeftoverError,
    ListInUse,
    ListPlace,
    entries_of,
)
from portcullis.registry.revocation_lists.verified import CrlError, VerifiedCrl, check, parse

T = TypeVar("T")
PARALLEL_FETCHES: Final = 8  # a source that does not answer delays no other; lists are large


class UpdateOutcome(StrEnum):
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # the lists in use stay; there may be none


@dataclass(frozen=True, kw_only=True)
class IssuerUpdate:
    """What became of the lists of one issuer. None stands for: no list in use."""

    issuer: str
    outcome: UpdateOutcome
    former_number: int | None
    number: int | None
    next_update: datetime | None
    added: int = 0  # entries
    removed: int = 0
    problem: str = ""

    def is_overdue(self, now: datetime) -> bool:
        return self.next_update is None or self.next_update <= now

    def as_json(self) -> dict[str, Any]:
        next_update = None if self.next_update is None else self.next_update.isoformat()
        described = asdict(self) | {"next_update": next_update, "outcome": self.outcome.value}
        renamed = {"former_number": "formerNumber", "next_update": "nextUpdate"}
        return {renamed.get(name, name): value for name, value in described.items()}


@dataclass(frozen=True, kw_only=True)
class Update:
    issuers: tuple[IssuerUpdate, ...]
    failures: tuple[str, ...]  # of sources without a list of an issuer of the truststore
    checked_at: datetime

    @property
    def has_written(self) -> bool:
        return any(one.outcome is UpdateOutcome.UPDATED for one in self.issuers)

    @property
    def exit_code(self) -> ExitCode:
        """STALE wherever calls are refused for want of a list, whatever else happened."""
        if any(one.is_overdue(self.checked_at) for one in self.issuers) or not self.issuers:
            return ExitCode.STALE
        if self.failures or any(
            one.problem and one.outcome is UpdateOutcome.KEPT for one in self.issuers
        ):
            return ExitCode.KEPT
        return ExitCode.FAILED if any(one.problem for one in self.issuers) else ExitCode.OK


def update(
    place: ListPlace,
    sources: Sequence[ListSource],
    truststore: Sequence[x509.Certificate],
    fetch: Callable[[ListSource], bytes],
    *,
    now: datetime,
    dry_run: bool = False,
) -> Update:
    """Fetch every source and take what is newer into use.

    ``fetch`` is called in several threads at a time.

    Raises:
        CrlError, TableError: the lists in use cannot be read; nothing was changed.
    """
    in_use = place.in_use()
    known = {DistinguishedName.of_x509(ca.subject).canonical() for ca in truststore}
    fetched, failures = _fetched(sources, fetch)
    done = []
    for issuer, published in fetched.items():
        if issuer not in known:
            name = name_text(published.lists[0].issuer)
            failures.append(f"{published.where}: {name} is not in the truststore.")
            continue
        former = in_use.get(issuer)
        try:
            (fresh,) = check(published.where, published.lists, truststore, now=now)
            done.append(_replaced(place, fresh, former, dry_run=dry_run))
        except PortcullisError as error:
            name = str(DistinguishedName.of_x509(published.lists[0].issuer))
            done.append(_kept(name, former, str(error)))
    done += [
        _kept(str(former.issuer), former, "")
        for issuer, former in in_use.items()
        if issuer not in fetched
    ]
    return Update(
        issuers=tuple(sorted(done, key=lambda one: one.issuer)),
        failures=tuple(failures),
        checked_at=now,
    )


@dataclass
class _Published:
    """The lists of one issuer that were fetched."""

    where: str
    lists: list[x509.CertificateRevocationList]


def _fetched(
    sources: Sequence[ListSource], fetch: Callable[[ListSource], bytes]
) -> tuple[dict[str, _Published], list[str]]:
    """By the canonical name of the issuer, in the order of the sources; and why one has none."""

    def lists_of(source: ListSource) -> list[x509.CertificateRevocationList] | PortcullisError:
        try:
            return parse(source, fetch(source))
        except (FetchError, CrlError) as error:
            return error

    answers = _in_threads(lists_of, sources)
    found: dict[str, _Published] = {}
    failures = []
    for source, answer in zip(sources, answers, strict=True):
        if isinstance(answer, PortcullisError):
            failures.append(str(answer))
            continue
        for crl in answer:
            issuer = DistinguishedName.of_x509(crl.issuer).canonical()
            published = found.setdefault(issuer, _Published(where=str(source), lists=[]))
            if crl not in published.lists:  # two URLs may have the same one
                published.lists.append(crl)
    return found, failures


def _in_threads(call: Callable[[ListSource], T], sources: Sequence[ListSource]) -> list[T]:
    """Call it for each source. An interruption waits for no call, as a pool of threads would."""
    waiting: SimpleQueue[tuple[ListSource, Future[T]]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                source, answer = waiting.get_nowait()
            except Empty:
                return
            try:
                answer.set_result(call(source))
            except BaseException as error:  # noqa: BLE001 - raised where the answer is read
                answer.set_exception(error)

    answers: list[Future[T]] = []
    for source in sources:
        answers.append(Future())
        waiting.put((source, answers[-1]))
    for _ in sources[:PARALLEL_FETCHES]:
        Thread(target=work, daemon=True).start()
    return [answer.result() for answer in answers]


def _replaced(
    place: ListPlace, fresh: VerifiedCrl, former: ListInUse | None, *, dry_run: bool
) -> IssuerUpdate:
    place.check_newer(fresh)
    is_current = place.is_current(fresh)
    before = frozenset() if is_current or former is None else former.entries()
    after = before if is_current else entries_of(fresh)
    problem = ""
    if not is_current and not dry_run:
        try:
            place.replace(fresh)
        except LeftoverError as error:
            problem = str(error)
    return IssuerUpdate(
        issuer=str(fresh.issuer),
        outcome=UpdateOutcome.UNCHANGED if is_current else UpdateOutcome.UPDATED,
        former_number=None if former is None else former.number,
        number=fresh.number,
        next_update=fresh.next_update,
        added=len(after - before),
        removed=len(before - after),
        problem=problem,
    )


def _kept(issuer: str, former: ListInUse | None, problem: str) -> IssuerUpdate:
    number = None if former is None else former.number
    return IssuerUpdate(
        issuer=issuer,
        outcome=UpdateOutcome.KEPT,
        former_number=number,
        number=number,
        next_update=None if former is None else former.next_update,
        problem=problem,
    )
