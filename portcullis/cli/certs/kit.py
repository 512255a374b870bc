"""`portcullis certs kit`: a zip for a partner, with every format and a page of steps."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.addresses import AddressChooser
from portcullis.cli.certs.options import (
    AskPassphrase,
    Client,
    PassphraseEnv,
    PassphraseFile,
    chosen_passphrase,
)
from portcullis.cli.options import AsJson, Pki
from portcullis.cli.output import print_json
from portcullis.pki import atomic, inventory, names, passphrase
from portcullis.pki.errors import OutputExistsError, PassphraseError
from portcullis.pki.kit import archive
from portcullis.pki.layout import DEFAULT_FOLDER, ClientFiles, PkiLayout

Host = Annotated[
    str | None, typer.Option(metavar="HOST[:PORT]", help="Of the API; else the stack's domain.")
]
FirstPath = Annotated[
    str | None,
    typer.Option("--path", metavar="PATH", help="Of the first call; else one of the contract's."),
]


def kit(
    client: Client,
    *,
    files: Annotated[
        Path,
        typer.Option(
            metavar="DIR", exists=True, file_okay=False, help="Folder with CLIENT.pem and .key."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Folder for the kit; else --files."),
    ] = None,
    stack: Annotated[str, typer.Option(help="The stack whose domain is called.")] = "local",
    host: Host = None,
    path: FirstPath = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    ask_passphrase: AskPassphrase = False,
    force: Annotated[
        bool, typer.Option("--force", help="Move a kit of that name aside first.")
    ] = False,
    pki: Pki = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Make CLIENT.kit.zip: certificate, key and PFX for every system, and a page with the steps.

    Everything in it that holds the key is encrypted with the passphrase, which is asked for
    without a passphrase option. Send the passphrase separately from the kit.
    """
    layout = PkiLayout(pki)
    place = (out or files) / archive.file_name(names.client_id(client))
    if place.exists() and not force:
        raise OutputExistsError(place, "To move it aside and make a new one, add --force.")
    address = AddressChooser(layout, stack, host, path).choose(client)
    credential = archive.credential_in(ClientFiles.below(files, client))
    with inventory.opened(layout) as known:
        known.usable(client, credential.certificate.serial_number)  # refuses a revoked one
    phrase = chosen_passphrase(passphrase_file, passphrase_env, ask=ask_passphrase) or _asked()
    content = archive.make(client, credential, address, phrase)
    atomic.make_private_folder(place.parent)
    aside = atomic.move_aside(place)
    atomic.write_private(place, content)
    if as_json:
        print_json(
            {"kit": str(place), "url": address.url, "movedAside": str(aside) if aside else None}
        )
        return
    output.print_block(
        f"Made the kit of {client} for {address.host}.",
        [("kit", str(place)), *([("moved aside", str(aside))] if aside else [])],
    )
    output.print_lines("Send its passphrase separately.")


def _asked() -> str:
    if not sys.stdin.isatty():
        raise PassphraseError(
            "A kit needs a passphrase, and there is no terminal to ask at. Name its file: "
            "--passphrase-file FILE"
        )
    return passphrase.ask()
