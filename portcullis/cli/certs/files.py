"""`portcullis certs inspect`, `lint` and `bundle`: certificates and truststores in files."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from authorizer.reasons import Reason
from portcullis.cli.certs import output
from portcullis.cli.certs.options import (
    AskPassphrase,
    PassphraseEnv,
    PassphraseFile,
    chosen_passphrase,
)
from portcullis.cli.options import AsJson
from portcullis.cli.output import print_json
from portcullis.errors import ExitCode
from portcullis.pki import atomic, certificate_file, facts, truststore
from portcullis.pki.certificate_text import name_text
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.validity import Validity
from portcullis.registry.admission import CertificateRefusal, refusal_of
from portcullis.registry.revocation_lists.issuers import revoked_in
from portcullis.registry.revocation_lists.verified import load_in_use


def inspect(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="PEM, DER or PFX.")
    ],
    *,
    renew_within_days: Annotated[
        int | None,
        typer.Option(
            min=0, max=3650, help="Renewal is due this early; default 30, less if short-lived."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    ask_passphrase: AskPassphrase = False,
    as_json: AsJson = False,
) -> None:
    """Show the certificates in a file: renewal, and what the authorizer says of a client's.

    Exit code 1 when any of them is expired, not valid yet, or due for renewal, or when the
    authorizer refuses it.
    """
    found = certificate_file.read(
        file,
        chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase, is_new=False),
    )
    within = None if renew_within_days is None else timedelta(days=renew_within_days)
    described = [facts.of(certificate, renew_within=within) for certificate in found]
    refusals = [
        None if one.is_authority else refusal_of(certificate)
        for one, certificate in zip(described, found, strict=True)
    ]
    if as_json:
        print_json(
            [
                one.as_json() | {"authorizer": _verdict(one, refusal)}
                for one, refusal in zip(described, refusals, strict=True)
            ]
        )
    else:
        for one, refusal in zip(described, refusals, strict=True):
            output.print_certificate(one, refusal)
    if any(refusals) or any(one.validity is not Validity.VALID for one in described):
        raise typer.Exit(ExitCode.FAILED)


def _verdict(
    one: facts.CertificateFacts, refusal: CertificateRefusal | None
) -> dict[str, str] | None:
    """None for a CA certificate, which no client presents."""
    if one.is_authority:
        return None
    return {"reason": Reason.OK, "detail": ""} if refusal is None else refusal._asdict()


def lint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A truststore in PEM."),
    ],
    *,
    crl: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Revocation lists of its CAs: a CA that they revoke is an error.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a truststore against the rules of API Gateway before it is uploaded.

    Exit code 1 when there is an error.
    """
    findings = truststore.lint(atomic.read(file))
    if crl is not None:
        findings = [*_revoked(file, crl), *findings]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        output.print_findings(file, findings)
    if truststore.has_errors(findings) or (strict and findings):
        raise typer.Exit(ExitCode.FAILED)


def _revoked(file: Path, crl: Path) -> list[truststore.Finding]:
    bundle = certificate_file.read(file)
    return [
        truststore.Finding(
            severity=truststore.Severity.ERROR,
            code="revoked",
            subject=name_text(certificate.subject),
            message="A revocation list of its issuer revokes it, so every client below it is "
            "refused. Remove it, and its own list from the lists in use: portcullis clients "
            "import-crl --retire",
            position=bundle.index(certificate) + 1,
        )
        for certificate in revoked_in(load_in_use(crl, bundle), bundle)
    ]


def bundle(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, help="PEM files of issuers."
        ),
    ],
    *,
    out: Annotated[
        Path, typer.Option(metavar="FILE", dir_okay=False, help="The truststore to write.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Move a file of that name aside first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build one truststore from several: no duplicates, issuers in order, checked.

    Nothing is written when the result has an error.
    """
    pem = truststore.bundle(c for file in files for c in certificate_file.read(file))
    findings = truststore.lint(pem)
    is_fit = not truststore.has_errors(findings)
    if is_fit and out.exists() and not force:
        raise OutputExistsError(out, "To move it aside and go on, add --force.")
    aside = atomic.move_aside(out) if is_fit else None
    if is_fit:
        atomic.write_public(out, pem)
    if as_json:
        print_json(
            {
                "truststore": str(out),
                "written": is_fit,
                "movedAside": str(aside) if aside else None,
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        output.print_findings(out, findings)
    if not is_fit:
        raise typer.Exit(ExitCode.FAILED)
