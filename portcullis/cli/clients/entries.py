"""`portcullis clients add`, `suspend`, `resume` and `remove`: entries of the registry."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from portcullis.cli.clients.certificates import (
    identities_of,
    issuer_of,
    read_client_certificate,
)
from portcullis.cli.clients.options import LOCAL, ClientId, DryRun, File, Stack, Table
from portcullis.cli.clients.place import apply, rate_plans, store_of
from portcullis.cli.clients.trust import untrusted
from portcullis.cli.options import AsJson
from portcullis.errors import MisuseError
from portcullis.pki import facts
from portcullis.pki.names import SAN_URI_PREFIX
from portcullis.registry import Client, ClientStatus, Identity, IdentityKind, store
from portcullis.registry.store import Edit


def add(
    client: ClientId,
    *,
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for several.")],
    san_uri: Annotated[list[str] | None, typer.Option(help="A SAN URI of its certificate.")] = None,
    san_dns: Annotated[list[str] | None, typer.Option(help="A SAN DNS name of it.")] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Recognise it by the SAN URIs of this certificate, else by its SAN DNS names, "
            "else by its subject and issuer.",
        ),
    ] = None,
    bind_issuer: Annotated[
        bool,
        typer.Option("--bind-issuer", help="Accept the names only from --certificate's issuer."),
    ] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Accept only --certificate.")] = False,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    rate_plan: Annotated[str | None, typer.Option(help="One of the stack's ratePlans.")] = None,
    suspended: Annotated[
        bool, typer.Option("--suspended", help="Refuse it until it is resumed.")
    ] = False,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add a client."""
    shown = None if certificate is None else read_client_certificate(certificate)
    given = [Identity(kind=IdentityKind.SAN_URI, value=uri) for uri in san_uri or ()]
    given += [Identity(kind=IdentityKind.SAN_DNS, value=name) for name in san_dns or ()]
    own = [] if shown is None else identities_of(shown)
    match = given + [one for one in own if not given or one.kind is IdentityKind.SAN_URI]
    if not match:
        raise MisuseError(
            "No name of the client's certificate is given. Give --certificate FILE with a SAN or a "
            f"subject, --san-uri or --san-dns; `portcullis certs issue {client}` uses --san-uri "
            f"{SAN_URI_PREFIX}{client}"
        )
    if (pin or bind_issuer) and shown is None:
        raise MisuseError("--pin and --bind-issuer need a --certificate.")
    if bind_issuer and shown is not None:
        match = [replace(one, issuer=issuer_of(shown)) for one in match]
    wanted = Client(
        id=client,
        description=description,
        match=tuple(dict.fromkeys(match)),
        pins=(facts.thumbprint(shown),) if pin and shown is not None else (),
        scopes=tuple(dict.fromkeys(scope)),
        status=ClientStatus.SUSPENDED if suspended else ClientStatus.ACTIVE,
        rate_plan=rate_plan,
    )
    edit = store.add(wanted, rate_plans=rate_plans(file, stack, table))
    apply(store_of(file, stack, table), edit, dry_run=dry_run, as_json=as_json)
    if certificate is not None and (note := untrusted(certificate, file, stack, table)):
        typer.echo(note, err=True)


def set_scopes(
    client: ClientId,
    scope: Annotated[list[str], typer.Option(help="What it may do from now on; repeat.")],
    *,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Replace the scopes of a client."""
    edit = store.set_scopes(client, tuple(dict.fromkeys(scope)))
    apply(store_of(file, stack, table), edit, dry_run=dry_run, as_json=as_json)


def _change_of_one(edit: Callable[[str], Edit]) -> Callable[..., None]:
    """A command that changes the entry of one client."""

    def command(
        client: ClientId,
        *,
        file: File = None,
        stack: Stack = LOCAL,
        table: Table = None,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        apply(store_of(file, stack, table), edit(client), dry_run=dry_run, as_json=as_json)

    return command


suspend = _change_of_one(lambda client: store.set_status(client, ClientStatus.SUSPENDED))
resume = _change_of_one(lambda client: store.set_status(client, ClientStatus.ACTIVE))
remove = _change_of_one(store.remove)
