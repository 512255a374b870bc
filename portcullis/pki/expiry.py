"""What expires, and when: certificates, certificate authorities, truststores, revocation lists."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509

from portcullis.pki import atomic, certificate_file, inventory, truststore
from portcullis.pki.certificate_text import name_text
from portcullis.pki.errors import CertificateFileError
from portcullis.pki.generations import Generation
from portcullis.pki.inventory import Inventory, IssuedCertificate
from portcullis.pki.layout import Purpose
from portcullis.pki.validity import RENEW_WITHIN

LIST_NOTICE: Final = timedelta(days=2)  # time to fetch the next one and to deploy it


class ExpiryKind(StrEnum):
    CLIENT = "client certificate"
    ISSUING_CA = "issuing CA"
    ROOT_CA = "root CA"
    INTERMEDIATE = "truststore intermediate"
    ANCHOR = "truststore anchor"
    SERVER = "server certificate"
    BACKEND = "backend certificate"
    LIST = "revocation list"


class ExpiryState(StrEnum):
    OK = "ok"
    SOON = "soon"
    EXPIRED = "expired"


_NOTICES: Final = {
    ExpiryKind.CLIENT: RENEW_WITHIN,
    ExpiryKind.SERVER: RENEW_WITHIN,
    ExpiryKind.BACKEND: RENEW_WITHIN,
    ExpiryKind.LIST: LIST_NOTICE,
}  # the others are authorities


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """One thing that expires, at one moment. For a list, ``not_after`` is its next update."""

    kind: ExpiryKind
    name: str
    not_after: datetime
    days_left: int  # whole days; negative once expired
    state: ExpiryState
    fix: str  # the next command
    file: Path | None = None

    def ends_within(self, within: timedelta, now: datetime) -> bool:
        """Whether it has expired or will within that time.

        A list is replaced every few days, so its time is at most ``LIST_NOTICE``. A client whose
        certificate has expired may have left, and does not count.
        """
        if self.kind is ExpiryKind.LIST:
            within = min(within, LIST_NOTICE)
        has_left = self.kind is ExpiryKind.CLIENT and self.not_after <= now
        return self.not_after <= now + within and not has_left

    def as_json(self) -> dict[str, str | int | None]:
        return {
            "kind": self.kind,
            "name": self.name,
            "notAfter": self.not_after.isoformat(),
            "daysLeft": self.days_left,
            "state": self.state,
            "file": str(self.file) if self.file else None,
            "fix": self.fix,
        }


def of_period(
    kind: ExpiryKind,
    name: str,
    period: tuple[datetime, datetime],
    now: datetime,
    *,
    fix: str,
    file: Path | None = None,
) -> Expiry:
    """Judge a period: "soon" begins a notice before its end, or after two thirds of a short one."""
    start, end = period
    notice = min(_NOTICES.get(kind, truststore.EXPIRES_SOON), (end - start) / 3)
    state = ExpiryState.SOON if end - now < notice else ExpiryState.OK
    return Expiry(
        kind=kind,
        name=name,
        not_after=end,
        days_left=(end - now) // timedelta(days=1),
        state=ExpiryState.EXPIRED if now >= end else state,
        fix=fix,
        file=file,
    )


def of_certificate(
    kind: ExpiryKind,
    certificate: x509.Certificate,
    now: datetime,
    *,
    fix: str,
    name: str = "",
    file: Path | None = None,
) -> Expiry:
    """``name`` is the subject if left out."""
    period = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    subject = name or name_text(certificate.subject)
    return of_period(kind, subject, period, now, fix=fix, file=file)


def of_clients(issued: Iterable[IssuedCertificate], now: datetime) -> list[Expiry]:
    """The newest certificate of each client that is not revoked: older ones may end."""
    return [
        of_certificate(
            ExpiryKind.CLIENT,
            one.certificate,
            now,
            name=client,
            fix=f"Run: portcullis certs renew {client} --out DIR",
        )
        for client, one in inventory.newest_by_client(issued).items()
    ]


def of_folder(
    known: Inventory, now: datetime, *, deployed: Iterable[Path] = ()
) -> Iterator[Expiry]:
    """A PKI folder without its clients: authorities, truststore, own lists, server certificates.

    ``deployed`` are truststores elsewhere. A certificate that is in several places comes once.

    Raises:
        PkiError: a file cannot be read.
    """
    layout = known.layout
    shown: set[x509.Certificate] = set()
    for expiry, certificate in _authorities(known, now):
        shown.add(certificate)
        yield expiry
    own = (layout.truststore,) if layout.truststore.is_file() else ()
    for file in (*own, *deployed):
        yield from _of_truststore(file, now, shown)
    for generation in _in_use(known, now):
        if generation.files.crl.is_file():
            yield from of_lists(generation.files.crl, now, fix="Run: portcullis certs crl")
    for file in sorted(layout.server_folder.glob("*.pem")):
        leaf = certificate_file.read(file)[0]
        fix = "Run: portcullis up, which issues it again"
        yield of_certificate(ExpiryKind.SERVER, leaf, now, name=file.stem, fix=fix, file=file)


def of_lists(file: Path, now: datetime, *, fix: str) -> Iterator[Expiry]:
    """The next update of each revocation list of a file, PEM or DER. Signatures are not verified.

    Raises:
        CertificateFileError: it has no list that can be read, or one without a next update.
    """
    content = atomic.read(file)
    try:
        parts = content.split(_LIST_START)[1:]
        lists = [x509.load_pem_x509_crl(_LIST_START + part) for part in parts]
        for crl in lists or [x509.load_der_x509_crl(content)]:
            if crl.next_update_utc is None:
                raise ValueError  # noqa: TRY301 - the same message
            yield of_period(
                ExpiryKind.LIST,
                name_text(crl.issuer),
                (crl.last_update_utc, crl.next_update_utc),
                now,
                fix=fix,
                file=file,
            )
    except ValueError:
        raise CertificateFileError(
            f"{file} must hold revocation lists in PEM or DER, each with a next update. {fix}"
        ) from None


def deployed_list_fix(file: Path, stack: str, *, has_urls: bool) -> str:
    """How the issuers' next lists get into the file that a stack deploys."""
    if has_urls:
        return f"Run: portcullis clients fetch-crl --stack {stack}"
    return (
        f"Fetch the issuer's next list, then run: portcullis clients import-crl CRL {file} "
        "--truststore FILE"
    )


_LIST_START: Final = b"-----BEGIN X509 CRL-----"


def _of_truststore(file: Path, now: datetime, shown: set[x509.Certificate]) -> Iterator[Expiry]:
    """Each certificate that is not shown yet; one that issued itself is an anchor."""
    fix = f"Add its successor, and deploy both: portcullis certs bundle {file} NEW --out FILE"
    for certificate in certificate_file.read(file):
        if certificate in shown:
            continue
        shown.add(certificate)
        is_anchor = certificate.subject == certificate.issuer
        kind = ExpiryKind.ANCHOR if is_anchor else ExpiryKind.INTERMEDIATE
        yield of_certificate(kind, certificate, now, fix=fix, file=file)


def _authorities(known: Inventory, now: datetime) -> Iterator[tuple[Expiry, x509.Certificate]]:
    rotate = "Replace it: portcullis rotate ca --stack STACK"
    init = "Run: portcullis certs init --ca server --force, then portcullis up"
    owners = [(generation.files, rotate) for generation in _in_use(known, now)]
    for files, fix in (*owners, (known.layout.authority(Purpose.SERVER), init)):
        for kind, file in (
            (ExpiryKind.ISSUING_CA, files.intermediate),
            (ExpiryKind.ROOT_CA, files.root),
        ):
            if file.is_file():
                certificate = certificate_file.read(file)[0]
                yield of_certificate(kind, certificate, now, fix=fix, file=file), certificate


def _in_use(known: Inventory, now: datetime) -> list[Generation]:
    """The present authority, and the replaced ones that issued what may still be valid."""
    return [g for g in known.generations if g.is_current or not g.has_ended(now)]
