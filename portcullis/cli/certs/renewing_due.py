"""`portcullis certs renew --if-needed`: renews what is due, for a scheduled job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import typer
from cryptography import x509

from portcullis.cli.certs import output
from portcullis.cli.output import print_json
from portcullis.errors import ExitCode, PortcullisError
from portcullis.pki import (
    atomic,
    certificate_file,
    certificate_text,
    handout,
    inventory,
    issuance,
    validity,
)
from portcullis.pki.errors import NotIssuedError, PkiMisuseError
from portcullis.pki.handout import PfxOptions
from portcullis.pki.inventory import IssuedCertificate
from portcullis.pki.layout import ClientFiles, PkiLayout
from portcullis.pki.validity import Validity


class RenewalOutcome(StrEnum):
    RENEWED = "renewed"
    NOT_DUE = "not due"
    REVOKED = "revoked"  # its newest certificate is, so it gets no other
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ClientRenewal:
    client: str
    outcome: RenewalOutcome
    certificate: x509.Certificate | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class DueRenewals:
    """What is renewed, and how; ``client`` is None for every client with files in ``out``."""

    layout: PkiLayout
    out: Path
    options: PfxOptions
    client: str | None = None
    lifetime: timedelta | None = None
    csr: bytes | None = None

    def run(self, *, as_json: bool) -> None:
        """Renew and print; exit code 1 if a renewal failed."""
        with atomic.exclusive(self.layout.folder):
            with inventory.opened(self.layout) as known:
                issued = known.issued(self.client)
            renewals = [
                self._renew(client, [one for one in issued if one.client == client])
                for client in self._clients(issued)
            ]
        _show(renewals, self.out, as_json=as_json)
        if any(one.outcome is RenewalOutcome.FAILED for one in renewals):
            raise typer.Exit(ExitCode.FAILED)

    def _clients(self, issued: Sequence[IssuedCertificate]) -> list[str]:
        if self.client is not None:
            return [self.client]
        if not self.out.is_dir():
            raise PkiMisuseError(
                f"There is no folder {self.out}. Name the folder of the files to renew with --out."
            )
        return sorted({one.client for one in issued if self._has_files(one.client)})

    def _has_files(self, client: str) -> bool:
        files = ClientFiles.below(self.out, client)
        return files.certificate.exists() or files.marker.exists()

    def _renew(self, client: str, issued: Sequence[IssuedCertificate]) -> ClientRenewal:
        try:
            return self._renew_if_due(client, issued)
        except PortcullisError as error:  # the other clients are still renewed
            return ClientRenewal(client=client, outcome=RenewalOutcome.FAILED, detail=str(error))

    def _renew_if_due(self, client: str, issued: Sequence[IssuedCertificate]) -> ClientRenewal:
        if not issued:
            raise NotIssuedError(client, self.layout.folder)
        newest = issued[-1]
        if newest.is_revoked:
            return ClientRenewal(
                client=client, outcome=RenewalOutcome.REVOKED, certificate=newest.certificate
            )
        files = ClientFiles.below(self.out, client)
        if not files.marker.exists() and files.certificate.exists():
            present = certificate_file.read(files.certificate)[0]
            if _is_good(present, issued):
                return ClientRenewal(
                    client=client, outcome=RenewalOutcome.NOT_DUE, certificate=present
                )
        if self.client is None and _has_own_key(files):
            raise PkiMisuseError(
                f"Renewal is due, but its key is not in {self.out}. Ask the client for a "
                f"signing request: portcullis certs renew {client} --csr FILE --out {self.out}"
            )
        handed_out = handout.hand_out(
            self.layout,
            issuance.successor_of(newest.certificate, client, lifetime=self.lifetime),
            self.out,
            options=self.options,
            csr=self.csr,
            replace=True,
        )
        return ClientRenewal(
            client=client, outcome=RenewalOutcome.RENEWED, certificate=handed_out.certificate
        )


def _has_own_key(files: ClientFiles) -> bool:
    """Whether the client keeps its key. An interrupted run has left a marker that says so."""
    if files.marker.exists():
        return atomic.read(files.marker) == handout.FOR_REQUEST
    return files.certificate.exists() and not files.key.exists()


def _is_good(present: x509.Certificate, issued: Sequence[IssuedCertificate]) -> bool:
    """Whether a certificate may go on being used: on record, not revoked, renewal not due.

    The file counts and not the newest on record, whose files an interrupted run did not write.
    """
    return validity.validity(present) is Validity.VALID and any(
        one.certificate == present and not one.is_revoked for one in issued
    )


def _show(renewals: Sequence[ClientRenewal], out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json([_described(one) for one in renewals])
        return
    for one in renewals:
        until = (
            f"until {one.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            if (one.certificate)
            else one.detail
        )
        output.print_lines(f"{one.client}: {one.outcome}, {until}")
    if not renewals:
        output.print_lines(f"{out} holds no file of a client on record.")


def _described(one: ClientRenewal) -> dict[str, str | None]:
    certificate = one.certificate
    return {
        "client": one.client,
        "outcome": one.outcome.value,
        "serialNumber": certificate_text.serial_text(certificate) if certificate else None,
        "notAfter": certificate.not_valid_after_utc.isoformat() if certificate else None,
        "detail": one.detail,
    }
