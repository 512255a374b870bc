"""`portcullis certs init`: makes the certificate authorities."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from portcullis.cli.certs import output
from portcullis.cli.options import AsJson, Pki
from portcullis.cli.output import print_json
from portcullis.pki import atomic, hierarchy, keys, kms_key, names
from portcullis.pki.authority import ORGANIZATION
from portcullis.pki.errors import PkiMisuseError
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
    key_type: Annotated[
        KeyType | None, typer.Option(help="Kind of their keys; default p256.")
    ] = None,
    kms: Annotated[
        str | None,
        typer.Option(
            metavar="ARN",
            help="With --ca client: the issuing CA's key is this one in AWS KMS.",
        ),
    ] = None,
    organization: Annotated[str, typer.Option(help="O in their names.")] = ORGANIZATION,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there; the old one is moved aside.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the certificate authorities, each a root and an issuing CA.

    The truststore holds the client CA. On a laptop, the server CA stands in for AWS Certificate
    Manager.

    With --kms, no private key is written: the root's is discarded when it has signed the issuing
    CA. The key must have the usage SIGN_VERIFY, and every certificate and CRL takes one call.
    """
    layout = PkiLayout(pki)
    purposes = tuple(Purpose) if ca is Which.BOTH else (Purpose(ca.value),)
    issuing_key = None
    if kms is not None:
        if ca is not Which.CLIENT or key_type is not None:
            raise PkiMisuseError(
                "--kms is for the client CA, and its key has its own kind. Add --ca client, and "
                "leave out --key-type."
            )
        issuing_key = kms_key.connect(kms)
        key_type = keys.type_of(issuing_key.public_key())
    with atomic.exclusive(pki):
        atomic.remove_drafts(pki)
        made = hierarchy.create_all(
            layout,
            purposes,
            key_type=key_type or KeyType.P256,
            organization=names.organization(organization),
            issuing_key=issuing_key,
            replace=force,
        )
    _show(made, kms, as_json=as_json)


def _show(made: Sequence[hierarchy.Creation], kms: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                creation.purpose.value: {
                    "folder": str(creation.files.folder),
                    **({"kms": kms} if kms else {}),
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
                ("certificates" if kms else "keys", str(creation.files.folder)),
                *([("key", kms)] if kms else []),
                (use, str(creation.anchors)),
                *(("moved aside", str(path)) for path in creation.moved_aside),
            ],
        )
