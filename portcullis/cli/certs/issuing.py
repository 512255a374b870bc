"""`portcullis certs issue` and `renew`: client certificates."""

from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.addresses import AddressChooser
from portcullis.cli.certs.issuing_many import Choices, Defaults, issue_many
from portcullis.cli.certs.kits import Kits
from portcullis.cli.certs.names import NameChooser
from portcullis.cli.certs.options import (
    AskPassphrase,
    Csr,
    Days,
    Encoding,
    Hours,
    OptionalOut,
    Out,
    PassphraseEnv,
    PassphraseFile,
    chosen_lifetime,
    chosen_passphrase,
)
from portcullis.cli.certs.renewing_due import DueRenewals
from portcullis.cli.certs.renewing_through import DEFAULT_PATH, ThroughApi
from portcullis.cli.options import AsJson, Pki
from portcullis.pki import atomic, handout, hierarchy, inventory, issuance, names
from portcullis.pki.authority import CLIENT_LIFETIME
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.handout import PfxOptions
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose
from portcullis.pki.own_pair import OwnPair
from portcullis.pki.pfx import PfxEncoding


# Long because typer reads every option from the signature.
def issue(
    client: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Client id, as in the registry.")
    ] = None,
    *,
    out: Out,
    partners: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="CSV",
            exists=True,
            dir_okay=False,
            help="Issue for every row of this file: columns client, sanUri, sanDns, days, hours, "
            "organization, keyType, csr.",
        ),
    ] = None,
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
    pfx: Annotated[
        bool, typer.Option("--pfx", help="With --from: make PFX files and their passphrases.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --from: only show what would be issued.")
    ] = False,
    kits: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="With --from: make a kit for each client there, see `certs kit`.",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST[:PORT]", help="With --kits: the API; else the stack's domain."),
    ] = None,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Issue a client certificate: CLIENT.pem, CLIENT.key and CLIENT.pfx.

    Its name (SAN) comes from --san-uri and --san-dns; else from the client's entry in the
    registry; else it is spiffe://portcullis.local/client/CLIENT. Without a passphrase option, a
    passphrase is generated and shown once; with --json it is written to CLIENT.pfx.passphrase.

    With --from, it issues what is not in --out yet. A row with a fault stops it before the first
    certificate; the same command goes on where an interrupted one ended.
    """
    lifetime = chosen_lifetime(days, hours) or CLIENT_LIFETIME
    if organization is not None:
        organization = names.organization(organization)
    passphrase = chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase)
    if partners is not None:
        if client or san_uri or san_dns or csr or passphrase is not None:
            raise PkiMisuseError(
                "--from takes clients, names and requests from the file, and generates the "
                "passphrases. Leave out CLIENT, --san-uri, --san-dns, --csr and --passphrase-…"
            )
        layout = PkiLayout(pki)
        issue_many(
            partners,
            out,
            layout,
            Defaults(lifetime=lifetime, organization=organization, key_type=key_type, stack=stack),
            Choices(
                with_pfx=pfx,
                replace=force,
                dry_run=dry_run,
                as_json=as_json,
                kits=Kits(folder=kits, addresses=AddressChooser(layout, stack, host))
                if kits
                else None,
            ),
        )
        return
    if client is None or pfx or dry_run or kits or host:
        raise PkiMisuseError(
            "Name the CLIENT, or a file with --from. --pfx, --kits, --host and --dry-run need it."
        )
    chosen = NameChooser(stack).choose(names.client_id(client), san_uri or (), san_dns or ())
    request = ClientRequest(
        client=client,
        names=chosen.names,
        lifetime=lifetime,
        organization=organization,
        key_type=key_type,
    )
    handed_out = handout.hand_out(
        PkiLayout(pki),
        request,
        out,
        options=PfxOptions(encoding=pfx_encoding, passphrase=passphrase, keep_generated=as_json),
        csr=atomic.read(csr) if csr else None,
        replace=force,
    )
    output.print_handout(handed_out, hint=chosen.hint, as_json=as_json)


# Long because typer reads every option from the signature.
def renew(
    client: Annotated[
        str | None, typer.Argument(metavar="[CLIENT]", help="Client id, as in the registry.")
    ] = None,
    *,
    out: OptionalOut = None,
    if_needed: Annotated[
        bool,
        typer.Option(
            "--if-needed",
            help="Only if renewal is due; without CLIENT, for every client with files in --out.",
        ),
    ] = False,
    through: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The API renews this client's own certificate."),
    ] = None,
    client_cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --through: the certificate; it is replaced."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --through: its key; it is replaced.")
    ] = None,
    server_ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            help="With --through: the API's authority; else the system's.",
        ),
    ] = None,
    path: Annotated[str, typer.Option(help="With --through: the route.")] = DEFAULT_PATH,
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

    --if-needed is for scheduled jobs: it prints one line for each client, and its exit code is 1
    if a renewal failed. A generated passphrase is written to CLIENT.pfx.passphrase.

    With --through, no authority is here: the API signs, for the certificate of the connection. A
    new key is made, and both files are replaced when the new certificate has been checked.
    """
    if through is not None:
        if client or out or client_cert is None or key is None:
            raise PkiMisuseError(
                "--through needs --client-cert and --key, and takes neither CLIENT nor --out."
            )
        pair = OwnPair(certificate=client_cert, key=key)
        api = ThroughApi(url=through, pair=pair, server_ca=server_ca, path=path)
        api.run(if_needed=if_needed, as_json=as_json)
        return
    if out is None or client_cert or key or server_ca:
        raise PkiMisuseError(
            "Name the folder with --out; --client-cert, --key and --server-ca need --through URL."
        )
    layout = PkiLayout(pki)
    hierarchy.existing(layout, Purpose.CLIENT)
    if client is None and (csr or not if_needed):
        raise PkiMisuseError("Name the CLIENT. Only --if-needed without --csr takes all of them.")
    lifetime = chosen_lifetime(days, hours)
    options = PfxOptions(
        encoding=pfx_encoding,
        passphrase=chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase),
        keep_generated=as_json or if_needed,
    )
    request_pem = atomic.read(csr) if csr else None
    if client is None or if_needed:
        DueRenewals(
            layout=layout,
            out=out,
            options=options,
            client=None if client is None else names.client_id(client),
            lifetime=lifetime,
            csr=request_pem,
        ).run(as_json=as_json)
        return
    with inventory.opened(layout) as known:
        predecessors = known.issued(names.client_id(client))
        request = issuance.renewal_of(known, client, lifetime=lifetime)
    handed_out = handout.hand_out(
        layout,
        request,
        out,
        options=options,
        csr=request_pem,
        replace=True,
    )
    end = max(one.certificate.not_valid_after_utc for one in predecessors)
    hint = (
        f"The old certificate works until {end:%Y-%m-%d %H:%M} UTC. If the registry pins "
        "thumbprints, add the new one there before the client switches."
    )
    output.print_handout(handed_out, hint=hint, as_json=as_json)
