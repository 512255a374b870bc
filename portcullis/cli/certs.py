"""`portcullis certs`: what a partner manager does with certificates, from the CA to the CRL."""

from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli import certs_names
from portcullis.cli import certs_output as output
from portcullis.errors import ExitCode
from portcullis.pki import (
    atomic,
    certificate_file,
    facts,
    handout,
    hierarchy,
    issuance,
    names,
    passphrase,
    revocation,
    truststore,
)
from portcullis.pki.authority import CLIENT_LIFETIME, ORGANIZATION
from portcullis.pki.errors import (
    CertificateFileError,
    LifetimeError,
    OutputExistsError,
    PassphraseError,
)
from portcullis.pki.facts import Validity
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.pki.pfx import PfxEncoding
from portcullis.pki.revocation import CRL_LIFETIME, Reason, Revocation

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",  # flows paragraphs; "rich" keeps the line ends of docstrings
    help="Issue, inspect, renew and revoke client certificates; build and check truststores.",
)


class Which(StrEnum):
    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


Pki = Annotated[
    Path,
    typer.Option(
        metavar="DIR", envvar="PORTCULLIS_PKI", help="Folder of the certificate authorities."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Client id, as in the registry.")]
Out = Annotated[
    Path,
    typer.Option(metavar="DIR", file_okay=False, help="Folder for CLIENT.pem, .key and .pfx."),
]
Days = Annotated[int | None, typer.Option(min=1, max=1825, help="Lifetime in days.")]
Hours = Annotated[int | None, typer.Option(min=1, max=8760, help="Lifetime in hours.")]
Csr = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Certify the key of this request; no key, no PFX is made.",
    ),
]
Encoding = Annotated[
    PfxEncoding, typer.Option(help="legacy: for importers that call a right passphrase wrong.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="PFX passphrase: first line of this file.")
]
PassphraseEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="PFX passphrase: this environment variable.")
]
AskPassphrase = Annotated[
    bool, typer.Option("--ask-passphrase", help="PFX passphrase: typed at a prompt.")
]


@app.command()
def init(
    *,
    pki: Pki = DEFAULT_FOLDER,
    ca: Annotated[Which, typer.Option(help="Which authority to make.")] = Which.BOTH,
    key_type: Annotated[KeyType, typer.Option(help="Kind of their keys.")] = KeyType.P256,
    organization: Annotated[str, typer.Option(help="O in their names.")] = ORGANIZATION,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there; the old one is moved aside.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the certificate authorities, each a root and an issuing CA.

    The client CA is who the truststore trusts. The server CA stands for AWS Certificate Manager
    on a laptop.
    """
    layout = PkiLayout(pki)
    purposes = tuple(Purpose) if ca is Which.BOTH else (Purpose(ca.value),)
    with atomic.exclusive(pki):
        atomic.remove_drafts(pki)
        made = hierarchy.create_all(
            layout,
            purposes,
            key_type=key_type,
            organization=names.organization(organization),
            replace=force,
        )
    if as_json:
        output.print_json(
            {
                creation.purpose.value: {
                    "folder": str(creation.files.folder),
                    "anchors": str(creation.anchors),
                    "movedAside": [str(path) for path in creation.moved_aside],
                }
                for creation in made
            }
        )
        return
    for creation in made:
        end = creation.hierarchy.issuing.certificate.not_valid_after_utc
        use = "truststore" if creation.purpose is Purpose.CLIENT else "trusted by"
        output.print_block(
            f"The {creation.purpose} CA can issue until {end:%Y-%m-%d}.",
            [
                ("keys", str(creation.files.folder)),
                (use, str(creation.anchors)),
                *(("moved aside", str(path)) for path in creation.moved_aside),
            ],
        )


@app.command()
def issue(
    client: Client,
    *,
    out: Out,
    days: Days = None,
    hours: Hours = None,
    san_uri: Annotated[
        list[str] | None, typer.Option(metavar="URI", help="SAN URI; may be repeated.")
    ] = None,
    san_dns: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="SAN DNS name; may be repeated.")
    ] = None,
    stack: Annotated[
        str, typer.Option(help="Without SAN options: take it from clients.STACK.yaml.")
    ] = "local",
    organization: Annotated[str | None, typer.Option(help="O of the subject.")] = None,
    key_type: Annotated[KeyType, typer.Option(help="Kind of the client's key.")] = KeyType.P256,
    csr: Csr = None,
    pfx_encoding: Encoding = PfxEncoding.MODERN,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    ask_passphrase: AskPassphrase = False,
    force: Annotated[
        bool, typer.Option("--force", help="Move files of these names aside first.")
    ] = False,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Issue a client certificate: CLIENT.pem, CLIENT.key and CLIENT.pfx.

    Its name (SAN) is what --san-uri and --san-dns say; else what the client registry says of the
    client; else spiffe://portcullis.local/client/CLIENT. A passphrase that no option names is
    generated and shown once; with --json it goes to CLIENT.pfx.passphrase.
    """
    chosen = certs_names.choose(names.client_id(client), san_uri or (), san_dns or (), stack)
    request = ClientRequest(
        client=client,
        names=chosen.names,
        lifetime=_lifetime(days, hours) or CLIENT_LIFETIME,
        organization=names.organization(organization) if organization is not None else None,
        key_type=key_type,
    )
    handed_out = handout.hand_out(
        PkiLayout(pki),
        request,
        out,
        options=PfxOptions(
            encoding=pfx_encoding,
            passphrase=_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase),
            keep_generated=as_json,
        ),
        csr=atomic.read(csr) if csr else None,
        replace=force,
    )
    output.print_handout(handed_out, hint=chosen.hint, as_json=as_json)


@app.command()
def renew(
    client: Client,
    *,
    out: Out,
    days: Days = None,
    hours: Hours = None,
    csr: Csr = None,
    pfx_encoding: Encoding = PfxEncoding.MODERN,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    ask_passphrase: AskPassphrase = False,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Issue a successor with a new key for the same names, and leave the old one valid.

    Files of the old one in --out are moved aside, not overwritten. The lifetime is that of the
    old one if no option names another.
    """
    layout = PkiLayout(pki)
    files = hierarchy.existing(layout, Purpose.CLIENT)
    predecessors = issuance.on_record(files, names.client_id(client))
    request = issuance.renewal_of(files, client, lifetime=_lifetime(days, hours))
    handed_out = handout.hand_out(
        layout,
        request,
        out,
        options=PfxOptions(
            encoding=pfx_encoding,
            passphrase=_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase),
            keep_generated=as_json,
        ),
        csr=atomic.read(csr) if csr else None,
        replace=True,
    )
    end = max(certificate.not_valid_after_utc for certificate in predecessors)
    hint = (
        f"The old certificate works until {end:%Y-%m-%d %H:%M} UTC. If the registry pins "
        "thumbprints, add the new one there before the client switches."
    )
    output.print_handout(handed_out, hint=hint, as_json=as_json)


@app.command()
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
    """Show what the certificates in a file say, and whether renewal is due.

    Exit code 1 when any of them is expired, not valid yet, or due for renewal.
    """
    found = certificate_file.read(
        file, _passphrase(passphrase_file, passphrase_env, ask=ask_passphrase)
    )
    within = None if renew_within_days is None else timedelta(days=renew_within_days)
    described = [facts.of(certificate, renew_within=within) for certificate in found]
    if as_json:
        output.print_json([one.as_json() for one in described])
    else:
        for one in described:
            output.print_certificate(one)
    if any(one.validity is not Validity.VALID for one in described):
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def lint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A truststore in PEM."),
    ],
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a truststore against the rules of API Gateway before it is uploaded.

    Exit code 1 when there is an error.
    """
    findings = truststore.lint(atomic.read(file))
    if as_json:
        output.print_json([asdict(finding) for finding in findings])
    else:
        output.print_findings(file, findings)
    if truststore.has_errors(findings) or (strict and findings):
        raise typer.Exit(ExitCode.FAILED)


@app.command()
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
) -> None:
    """Build one truststore from several: no duplicates, issuers in order, checked.

    Nothing is written when the result has an error.
    """
    pem = truststore.bundle(c for file in files for c in certificate_file.read(file))
    findings = truststore.lint(pem)
    output.print_findings(out, findings)
    if truststore.has_errors(findings):
        raise typer.Exit(ExitCode.FAILED)
    if out.exists() and not force:
        raise OutputExistsError(out, "To move it aside and go on, add --force.")
    atomic.move_aside(out)
    atomic.write_public(out, pem)


@app.command(name="list")
def list_issued(
    client: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Only of this client.")
    ] = None,
    *,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """List the client certificates on record, oldest first."""
    files = hierarchy.existing(PkiLayout(pki), Purpose.CLIENT)
    revoked = revocation.load(files)
    rows = [
        {
            "client": issuance.client_of(certificate),
            "serialNumber": facts.serial_text(certificate),
            "notAfter": certificate.not_valid_after_utc.isoformat(),
            "state": "revoked" if certificate in revoked else facts.validity(certificate).value,
        }
        for certificate in issuance.on_record(files, client)
    ]
    if as_json:
        output.print_json(rows)
    else:
        width = max((len(row["client"]) for row in rows), default=0)
        for row in rows:
            output.print_lines(
                f"{row['client']:{width}}  {row['notAfter'][:10]}  {row['state']:13}  "
                f"{row['serialNumber']}"
            )


@app.command()
def revoke(
    client: Client,
    *,
    serial: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Only this certificate; default: all that are valid."),
    ] = None,
    reason: Annotated[Reason, typer.Option(help="Why, for the CRL.")] = Reason.UNSPECIFIED,
    days: Annotated[
        int, typer.Option(min=1, max=365, help="Days until the next CRL is due.")
    ] = CRL_LIFETIME.days,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Revoke a client's certificates and sign a new CRL.

    API Gateway reads no CRL. What locks the certificate out is its line in the client registry,
    which this command prints; and the next deploy.
    """
    layout = PkiLayout(pki)
    files = layout.authority(Purpose.CLIENT)
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    with atomic.exclusive(pki):
        revoked = issuance.revocable(files, names.client_id(client), _serial_number(serial))
        record = revocation.load(files).with_added(
            Revocation.now(c.serial_number, client, reason) for c in revoked
        )
        signed = revocation.publish(authority, files, record, lifetime=timedelta(days=days))
    output.print_revoked(client, revoked, signed, files.crl, as_json=as_json)


@app.command()
def crl(
    *,
    days: Annotated[
        int, typer.Option(min=1, max=365, help="Days until the next CRL is due.")
    ] = CRL_LIFETIME.days,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Sign the certificate revocation list again, with the next number."""
    layout = PkiLayout(pki)
    files = layout.authority(Purpose.CLIENT)
    authority = hierarchy.load(layout, Purpose.CLIENT).issuing
    with atomic.exclusive(pki):
        signed = revocation.publish(
            authority, files, revocation.load(files), lifetime=timedelta(days=days)
        )
    output.print_crl(signed, files.crl, as_json=as_json)


def _lifetime(days: int | None, hours: int | None) -> timedelta | None:
    if days is not None and hours is not None:
        raise LifetimeError("--days and --hours were both given. Choose one of them.")
    if hours is not None:
        return timedelta(hours=hours)
    return None if days is None else timedelta(days=days)


def _passphrase(file: Path | None, variable: str | None, *, ask: bool) -> str | None:
    if sum((file is not None, variable is not None, ask)) > 1:
        raise PassphraseError(
            "More than one of --passphrase-file, --passphrase-env and --ask-passphrase was given. "
            "Choose one, or none to have a passphrase generated."
        )
    if file is not None:
        return passphrase.from_file(file)
    if variable is not None:
        return passphrase.from_environment(variable)
    return passphrase.ask() if ask else None


def _serial_number(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return facts.parse_serial_number(text)
    except ValueError:
        raise CertificateFileError(
            f"{text!r} is not a serial number in hex. See them with: portcullis certs list"
        ) from None
