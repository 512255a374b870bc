"""`portcullis certs`: certificate authorities, client certificates, truststores and CRLs."""

from portcullis.cli.certs.authorities import init
from portcullis.cli.certs.files import bundle, inspect, lint
from portcullis.cli.certs.issuing import issue, renew
from portcullis.cli.certs.kit import kit
from portcullis.cli.certs.listing import list_
from portcullis.cli.certs.revoking import crl, revoke
from portcullis.cli.options import command_group

app = command_group(
    "Issue, inspect, renew and revoke client certificates; build and check truststores."
)
# In the order of the help page.
app.command()(init)
app.command()(issue)
app.command()(renew)
app.command()(kit)
app.command()(inspect)
app.command()(lint)
app.command()(bundle)
app.command("list")(list_)
app.command()(revoke)
app.command()(crl)
