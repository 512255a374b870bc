"""`portcullis certs init`: makes the certificate authorities."""

from enum import StrEnum
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.certs.options import AsJson, Pki
from portcullis.pki import atomic, hierarchy, names
from portcullis.pki.authority import ORGANIZATION
from portcullis.pki.keys import KeyType
from portcullis.pki.layout import DEFAULT_FOLDER, PkiLayout, Purpose


class Which(StrEnum):
    CLIENT = "client"
    SERVER = "server"
    BOTH = "both"


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

    The truststore holds the client CA. On a laptop, the server CA stands in for AWS Certificate
    Manager.
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
