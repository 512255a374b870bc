"""`portcullis clients`: the client registry of a stack, in a file or a DynamoDB table."""

import typer

from portcullis.cli.clients.crl_import import import_crl
from portcullis.cli.clients.entries import add, remove, resume, suspend
from portcullis.cli.clients.reading import list_, show
from portcullis.cli.clients.revoking import revoke, unrevoke

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who may call, and which certificates no longer count: in the file or in the table.",
)
# In the order of the help page.
app.command("list")(list_)
app.command()(show)
app.command()(add)
app.command("suspend", help="Refuse a client, whatever certificate it shows.")(suspend)
app.command("resume", help="Accept a suspended client again.")(resume)
app.command("remove", help="Delete a client; its certificates are then unknown.")(remove)
app.command()(revoke)
app.command()(unrevoke)
app.command("import-crl")(import_crl)
