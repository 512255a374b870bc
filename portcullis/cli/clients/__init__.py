"""`portcullis clients`: the client registry of a stack, in a file or a DynamoDB table."""

from portcullis.cli.clients.crl_fetch import fetch_crl
from portcullis.cli.clients.crl_import import import_crl
from portcullis.cli.clients.entries import add, remove, resume, set_scopes, suspend
from portcullis.cli.clients.importing import import_clients
from portcullis.cli.clients.locking_out import lock_out
from portcullis.cli.clients.reading import list_, show
from portcullis.cli.clients.revoking import revoke, unrevoke
from portcullis.cli.options import command_group

app = command_group(
    "Who may call, and which certificates no longer count: in the file or in the table."
)
# In the order of the help page.
app.command("list")(list_)
app.command()(show)
app.command()(add)
app.command("import")(import_clients)
app.command("set-scopes")(set_scopes)
app.command("suspend", help="Refuse a client, whatever certificate it shows.")(suspend)
app.command("resume", help="Accept a suspended client again.")(resume)
app.command("remove", help="Delete a client; its certificates are then unknown.")(remove)
app.command("lock-out")(lock_out)
app.command()(revoke)
app.command()(unrevoke)
app.command("import-crl")(import_crl)
app.command("fetch-crl")(fetch_crl)
