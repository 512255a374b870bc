"""`portcullis clients`: who may call, and which certificates no longer count."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portcullis.cli.clients_certificates import (
    certificate_named,
    read_certificate,
    read_certificates,
    uris_of,
)
from portcullis.cli.clients_stack import known_rate_plans, known_scopes, stack_of_table
from portcullis.errors import MisuseError
from portcullis.pki import facts
from portcullis.registry import Client, ClientRegistry, ClientStatus, Identity, IdentityKind, store
from portcullis.registry.file_store import FilePlan, FileStore
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.in_file import put_in_place
from portcullis.registry.revocation_lists.verified import VerifiedCrl
from portcullis.registry.store import Change, Plan, Revocation, Store

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who may call, and which certificates no longer count: in the file or in the table.",
)

Id = Annotated[str, typer.Argument(metavar="CLIENT", help="Client id.")]
File = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Registry file; clients.STACK.yaml if left out."),
]
Stack = Annotated[str, typer.Option(envvar="PULUMI_STACK", help="Whose clients.STACK.yaml.")]
Table = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="DynamoDB table instead: portcullis-STACK-registry. Uses AWS's "
        "usual credentials, region and AWS_ENDPOINT_URL_DYNAMODB.",
    ),
]
Revoked = Annotated[str | None, typer.Argument(metavar="CLIENT", help="Client id.")]
CertificateFile = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help="One certificate, in PEM.")
]
Thumbprint = Annotated[
    str | None, typer.Option(help="Its x5t#S256, as the authorizer's log has it.")
]
IssuerFile = Annotated[
    Path | None,
    typer.Option("--issuer", metavar="FILE", help="Its issuer's certificate, in PEM."),
]
SerialNumber = Annotated[
    str | None, typer.Option(help="With --issuer: its serial number in hexadecimal.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
LOCAL = "local"
_IN_A_TABLE = (
    "Written. It takes effect after registryCacheSeconds + authorizerCacheSeconds at the latest."
)


@app.command("list")
def list_(
    *, file: File = None, stack: Stack = LOCAL, table: Table = None, as_json: AsJson = False
) -> None:
    """Everybody who may call, and everybody who is locked out."""
    registry = _store(file, stack, table).read()
    if as_json:
        typer.echo(json.dumps([_described(client) for client in registry.clients], indent=2))
        return
    width = max((len(client.id) for client in registry.clients), default=0)
    for client in registry.clients:
        scopes = " ".join(client.scopes)
        typer.echo(
            f"{client.id:{width}}  {client.status:9}  {scopes}  {client.description}".rstrip()
        )
    revoked = len(registry.revoked_thumbprints) + len(registry.revoked_serial_numbers)
    typer.echo(f"clients: {len(registry.clients)}, revoked certificates: {revoked}", err=True)


@app.command()
def show(client: Id, *, file: File = None, stack: Stack = LOCAL, table: Table = None) -> None:
    """One client as JSON."""
    found = store.find(_store(file, stack, table).read(), client)
    typer.echo(json.dumps(_described(found), indent=2))


@app.command()
def add(
    client: Id,
    *,
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for several.")],
    san_uri: Annotated[list[str] | None, typer.Option(help="A SAN URI of its certificate.")] = None,
    san_dns: Annotated[list[str] | None, typer.Option(help="A SAN DNS name of it.")] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Recognise it by the SAN URIs of this certificate."),
    ] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Accept only --certificate.")] = False,
    description: Annotated[str, typer.Option(help="For people.")] = "",
    rate_plan: Annotated[str | None, typer.Option(help="One of the stack's ratePlans.")] = None,
    suspended: Annotated[bool, typer.Option("--suspended", help="Let it in later.")] = False,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Let another client in."""
    shown = None if certificate is None else read_certificate(certificate)
    uris = [*(san_uri or []), *([] if shown is None else uris_of(shown))]
    matches = [(IdentityKind.SAN_URI, uri) for uri in dict.fromkeys(uris)]
    matches += [(IdentityKind.SAN_DNS, name) for name in san_dns or []]
    if not matches:
        raise MisuseError(
            "Nothing says how to recognise the client. Give --san-uri, --san-dns, or a "
            "--certificate with a SAN URI."
        )
    if pin and shown is None:
        raise MisuseError("--pin needs the --certificate to pin.")
    wanted = Client(
        id=client,
        description=description,
        match=tuple(Identity(kind=kind, value=value) for kind, value in matches),
        pins=(facts.thumbprint(shown),) if pin and shown is not None else (),
        scopes=tuple(dict.fromkeys(scope)),
        status=ClientStatus.SUSPENDED if suspended else ClientStatus.ACTIVE,
        rate_plan=rate_plan,
    )
    edit = store.add(wanted, rate_plans=_rate_plans(file, stack, table))
    _make(_store(file, stack, table), edit, dry_run=dry_run)


@app.command()
def suspend(
    client: Id,
    *,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Lock a client out, whatever certificate it shows."""
    edit = store.set_status(client, ClientStatus.SUSPENDED)
    _make(_store(file, stack, table), edit, dry_run=dry_run)


@app.command()
def resume(
    client: Id,
    *,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Let a suspended client in again."""
    edit = store.set_status(client, ClientStatus.ACTIVE)
    _make(_store(file, stack, table), edit, dry_run=dry_run)


@app.command()
def remove(
    client: Id,
    *,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Forget a client; its certificates are then unknown."""
    _make(_store(file, stack, table), store.remove(client), dry_run=dry_run)


@app.command()
def revoke(
    client: Revoked = None,
    *,
    certificate: CertificateFile = None,
    thumbprint: Thumbprint = None,
    issuer: IssuerFile = None,
    serial_number: SerialNumber = None,
    reason: Annotated[str, typer.Option(help="For people; with a certificate.")] = "",
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Refuse a client, or one certificate, for good.

    A client whose certificate is revoked may come with another one. To lock a client out for a
    while, suspend it.
    """
    revoked = certificate_named(client, certificate, thumbprint, issuer, serial_number)
    if revoked is None:
        if reason:
            raise MisuseError("--reason goes with a certificate. Put it into the client's entry.")
        edit = store.set_status(str(client), ClientStatus.REVOKED)
    else:
        edit = store.revoke(Revocation(certificate=revoked, reason=reason))
    _make(_store(file, stack, table), edit, dry_run=dry_run)


@app.command()
def unrevoke(
    client: Revoked = None,
    *,
    certificate: CertificateFile = None,
    thumbprint: Thumbprint = None,
    issuer: IssuerFile = None,
    serial_number: SerialNumber = None,
    file: File = None,
    stack: Stack = LOCAL,
    table: Table = None,
    dry_run: DryRun = False,
) -> None:
    """Take a mistaken revocation back, named as it was revoked.

    What the issuer's own list revokes stays revoked.
    """
    revoked = certificate_named(client, certificate, thumbprint, issuer, serial_number)
    edit = store.unrevoke_client(str(client)) if revoked is None else store.unrevoke(revoked)
    _make(_store(file, stack, table), edit, dry_run=dry_run)


@app.command("import-crl")
def import_crl(
    source: Annotated[
        Path, typer.Argument(metavar="CRL", exists=True, dir_okay=False, help="PEM or DER.")
    ],
    target: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file that the crlFile setting names."),
    ] = None,
    *,
    truststore: Annotated[
        Path, typer.Option(metavar="FILE", help="PEM of the issuers that may sign it.")
    ],
    table: Table = None,
    retire: Annotated[
        bool,
        typer.Option(
            "--retire", help="Forget lists in use that none of these follows: their key has ended."
        ),
    ] = False,
) -> None:
    """Take a newer revocation list into use: signature, issuer, number and date are checked.

    Into a file, which the next deploy packs, or with --table into the table of a stack whose
    crlTable setting is true.
    """
    if (target is None) == (table is None):
        raise MisuseError(
            "Say where the list goes: FILE, which the crlFile setting names, or --table."
        )
    issuers = read_certificates(truststore)
    fresh = crl.load(source, issuers)
    if table is not None:
        _into_table(table, fresh, retire=retire)
    elif target is not None:
        put_in_place(target, source, fresh, issuers, retire=retire)
        _show_lists(fresh)
        typer.echo(
            f"Written. The next deploy of a stack whose crlFile names {target} takes it in.",
            err=True,
        )


def _into_table(table: str, fresh: Sequence[VerifiedCrl], *, retire: bool) -> None:
    from portcullis.registry.revocation_lists.in_table import CrlTable, LeftoverError  # noqa: PLC0415 - see _dynamodb

    lists = CrlTable(_dynamodb(), table)
    for one in fresh:
        lists.check_newer(one, retire=retire)  # all of them before the first is written
    leftover: LeftoverError | None = None
    for one in fresh:
        try:
            lists.replace(one, retire=retire)
        except LeftoverError as error:  # no reason to keep the next issuer's list out
            leftover = error
        _show_lists([one])
    typer.echo(f"{_IN_A_TABLE} The stack's crlTable has to be true.", err=True)
    if leftover is not None:
        raise leftover


def _show_lists(fresh: Sequence[VerifiedCrl]) -> None:
    for one in (one for verified in fresh for one in verified.lists):
        typer.echo(
            f"{one.source.issuer.rfc4514_string()}: number {one.number}, revoked certificates: "
            f"{len(one.source)}, next update {one.next_update:%Y-%m-%d %H:%M} UTC"
        )


def _make(where: Store, edit: Callable[[ClientRegistry], Change], *, dry_run: bool) -> None:
    plan = where.plan(edit)
    if not plan.diff:
        typer.echo("Nothing to change.", err=True)
        return
    typer.echo(plan.diff, nl=False)
    if dry_run:
        typer.echo("Nothing was written (--dry-run).", err=True)
        return
    plan.write()
    typer.echo(_effect(plan), err=True)


def _effect(plan: Plan) -> str:
    if not isinstance(plan, FilePlan):
        return _IN_A_TABLE
    if plan.path.name == f"clients.{LOCAL}.yaml":
        return "Written. It takes effect when the laptop starts the next time: portcullis up"
    return "Written. It takes effect with the next deploy: pulumi up"


def _store(file: Path | None, stack: str, table: str | None) -> Store:
    if table is not None:
        if file is not None:
            raise MisuseError("--file and --table are two places; name one.")
        from portcullis.registry.table_store import TableStore  # noqa: PLC0415 - see _dynamodb

        return TableStore(_dynamodb(), table, known_scopes=known_scopes())
    return FileStore(file or _file_of(stack), known_scopes=known_scopes())


def _file_of(stack: str) -> Path:
    file = Path(f"clients.{stack}.yaml")
    if file.exists():
        return file
    others = ", ".join(sorted(path.name for path in Path().glob("clients.*.yaml")))
    raise MisuseError(
        f"There is no {file} in {Path.cwd()}. "
        + (
            f"Here: {others}. Choose one with --stack or --file."
            if others
            else "Run this in the project's folder, or say where: --file FILE or --table NAME."
        )
    )


def _dynamodb() -> "DynamoDBClient":
    # Half a second that only this way of use should pay.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.client("dynamodb")
    except (BotoCoreError, ValueError) as error:  # a bad endpoint or number is a ValueError
        raise MisuseError(
            f"--table needs AWS: {error} Set AWS_REGION and credentials as for `aws`."
        ) from error


def _rate_plans(file: Path | None, stack: str, table: str | None) -> frozenset[str] | None:
    """Those of the stack whose clients these are; None where that is not known."""
    if table is not None:
        owner = stack_of_table(table)
        return None if owner is None else known_rate_plans(owner)
    return known_rate_plans(stack) if file is None else None


def _described(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "description": client.description,
        "match": [
            {"kind": i.kind, "value": i.value}
            | ({"issuer": dict(i.issuer.attributes)} if i.issuer else {})
            for i in client.match
        ],
        "pins": list(client.pins),
        "scopes": list(client.scopes),
        "status": client.status,
        "ratePlan": client.rate_plan,
    }
