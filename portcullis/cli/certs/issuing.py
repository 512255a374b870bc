"""`portcullis certs issue`, `renew` and `list`: client certificates."""

from typing import Annotated

import typer

from portcullis.cli.certs import names as certificate_names
from portcullis.cli.certs import output
from portcullis.cli.certs.options import (
    AsJson,
    AskPassphrase,
    Client,
    Csr,
    Days,
    Encoding,
    Hours,
    Out,
    PassphraseEnv,
    PassphraseFile,
    Pki,
    chosen_lifetime,
    chosen_passphrase,
)
from portcullis.pki import (
    atomic,
    certificate_text,
    facts,
    handout,
    hierarchy,
    issuance,
    issuance_record,
    names,
    revocation,
    validity,
)
from portcullis.pki.authority import CLIENT_LIFETIME
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.pki.pfx import PfxEncoding


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

    Its name (SAN) comes from --san-uri and --san-dns; else from the client's entry in the
    registry; else it is spiffe://portcullis.local/client/CLIENT. Without a passphrase option, a
    passphrase is generated and shown once; with --json it is written to CLIENT.pfx.passphrase.
    """
    chosen = certificate_names.choose(names.client_id(client), san_uri or (), san_dns or (), stack)
    request = ClientRequest(
        client=client,
        names=chosen.names,
        lifetime=chosen_lifetime(days, hours) or CLIENT_LIFETIME,
        organization=names.organization(organization) if organization is not None else None,
        key_type=key_type,
    )
    handed_out = handout.hand_out(
        PkiLayout(pki),
        request,
        out,
        options=PfxOptions(
            encoding=pfx_encoding,
            passphrase=chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase),
            keep_generated=as_json,
        ),
        csr=atomic.read(csr) if csr else None,
        replace=force,
    )
    output.print_handout(handed_out, hint=chosen.hint, as_json=as_json)


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
    """Issue a certificate with a new key for the same names; the old one stays valid.

    Files of the old one in --out are moved aside. Without --days or --hours it gets the lifetime
    of the old one.
    """
    layout = PkiLayout(pki)
    files = hierarchy.existing(layout, Purpose.CLIENT)
    predecessors = issuance_record.on_record(files, names.client_id(client))
    request = issuance.renewal_of(files, client, lifetime=chosen_lifetime(days, hours))
    handed_out = handout.hand_out(
        layout,
        request,
        out,
        options=PfxOptions(
            encoding=pfx_encoding,
            passphrase=chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase),
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
            "client": issuance_record.client_of(certificate),
            "serialNumber": certificate_text.serial_text(certificate),
            "thumbprint": facts.thumbprint(certificate),
            "notAfter": certificate.not_valid_after_utc.isoformat(),
            "state": "revoked" if certificate in revoked else validity.validity(certificate).value,
        }
        for certificate in issuance_record.on_record(files, client)
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
