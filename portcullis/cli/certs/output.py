"""Prints the results of `portcullis certs`, as aligned lines or JSON."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from rich.console import Console
from rich.text import Text

from portcullis.cli.output import print_json
from portcullis.pki import certificate_text, facts
from portcullis.pki.facts import CertificateFacts
from portcullis.pki.handout import Handout
from portcullis.pki.signed_lists import SignedList
from portcullis.pki.truststore import Finding, Severity
from portcullis.pki.validity import Validity
from portcullis.registry.admission import CertificateRefusal

_STDOUT: Final = Console(highlight=False, soft_wrap=True)
_COLOURS: Final[Mapping[str, str]] = {
    Validity.VALID: "green",
    Severity.WARNING: "yellow",
    Severity.ERROR: "red",
}


def print_lines(*lines: str) -> None:
    for line in lines:
        _STDOUT.print(Text(line))


def print_block(title: str, rows: Iterable[tuple[str, str]]) -> None:
    _STDOUT.print(Text(title, style="bold"))
    for name, value in rows:
        _STDOUT.print(Text(f"  {name:<12} ", style="dim").append(Text(value, style="default")))


def print_handout(handed_out: Handout, *, hint: str | None, as_json: bool) -> None:
    described = facts.of(handed_out.certificate)
    files = {
        "certificate": handed_out.certificate_file,
        "key": handed_out.key,
        "pfx": handed_out.pfx,
        "passphrase": handed_out.passphrase_file,
    }
    if as_json:
        print_json(
            described.as_json()
            | {"files": {name: str(path) for name, path in files.items() if path}}
            | {"movedAside": [str(path) for path in handed_out.moved_aside], "hint": hint}
        )
        return
    print_block(
        f"Issued {described.subject} until {described.not_after:%Y-%m-%d %H:%M} UTC.",
        [
            *(("name", name) for name in described.names),
            ("serial", described.serial_number),
            ("thumbprint", described.thumbprint),
            *((name, str(path)) for name, path in files.items() if path),
            *(("moved aside", str(path)) for path in handed_out.moved_aside),
        ],
    )
    if handed_out.generated_passphrase:
        print_block(
            "Passphrase of the PFX, shown this once; send it separately from the file:",
            [("", handed_out.generated_passphrase)],
        )
    if hint:
        print_lines(hint)


def print_certificate(one: CertificateFacts, refusal: CertificateRefusal | None = None) -> None:
    """``refusal``: what the authorizer says of it."""
    print_block(
        one.subject,
        [
            ("issuer", one.issuer),
            *(("name", name) for name in one.names),
            ("usage", ", ".join(one.usages) or ("CA" if one.is_authority else "any")),
            ("key", one.key),
            ("signature", one.signature),
            ("serial", one.serial_number),
            ("from", f"{one.not_before:%Y-%m-%d %H:%M} UTC"),
            ("until", f"{one.not_after:%Y-%m-%d %H:%M} UTC ({one.days_left} days left)"),
            ("thumbprint", one.thumbprint),
            ("fingerprint", one.fingerprint),
        ],
    )
    _STDOUT.print(Text(f"  {one.validity}", style=_COLOURS.get(one.validity, "red")))
    if refusal is not None:
        text = f"  the authorizer refuses it as a client's: {refusal.detail} ({refusal.reason})"
        _STDOUT.print(Text(text, style="red"))


def print_findings(file: Path, findings: Sequence[Finding]) -> None:
    for finding in findings:
        _STDOUT.print(
            Text(finding.severity, style=_COLOURS[finding.severity]).append(
                Text(f" {finding.code}: {finding.subject}: {finding.message}", style="default")
            )
        )
    if not findings:
        print_lines(f"{file}: API Gateway accepts this truststore without a warning.")


def print_revoked(
    client: str,
    revoked: Sequence[x509.Certificate],
    lists: Sequence[SignedList],
    *,
    as_json: bool,
) -> None:
    described = [
        {"serialNumber": certificate_text.serial_text(c), "thumbprint": facts.thumbprint(c)}
        for c in revoked
    ]
    if as_json:
        print_json({"client": client, "revoked": described} | _crls_json(lists))
        return
    print_block(
        f"Revoked {len(revoked)} certificate(s) of {client}.",
        [("serial", one["serialNumber"]) for one in described],
    )
    print_crls(lists, as_json=False)
    print_lines(
        "The authorizer does not know yet. Run this too, with --stack or --table:",
        *(f"  portcullis clients revoke --thumbprint {one['thumbprint']}" for one in described),
    )


def print_crls(lists: Sequence[SignedList], *, as_json: bool) -> None:
    if as_json:
        print_json(_crls_json(lists))
        return
    for one in lists:
        if one.crl is None:
            print_lines(f"No CRL of the replaced {one.generation.issuer}: {one.problem}")
            continue
        described = _crl_json(one, one.crl)
        print_block(
            f"CRL number {described['crlNumber']} with {described['entries']} entries, next one "
            f"due {described['nextUpdate'][:10]}.",
            [("crl", described["crl"])],
        )
    if not lists:
        print_lines("No CRL is due.")


def _crls_json(lists: Sequence[SignedList]) -> dict[str, Any]:
    """The members of the first list, and all of them in ``lists``."""
    signed = [_crl_json(one, one.crl) for one in lists if one.crl is not None]
    unsigned = [
        {"issuer": one.generation.issuer, "problem": one.problem}
        for one in lists
        if one.crl is None
    ]
    return (signed[0] if signed else {}) | {"lists": signed + unsigned}


def _crl_json(one: SignedList, crl: x509.CertificateRevocationList) -> dict[str, Any]:
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    following = crl.next_update_utc
    return {
        "crl": str(one.generation.files.crl),
        "crlNumber": number,
        "nextUpdate": following.isoformat() if following else None,
        "entries": len(crl),
        "issuer": one.generation.issuer,
    }
