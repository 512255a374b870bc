"""Options that the commands of `portcullis clients` share."""

from pathlib import Path
from typing import Annotated

import typer

ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="Client id.")]
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
    str | None,
    typer.Option(help="Its x5t#S256, as in the logs, or its SHA-256 fingerprint."),
]
IssuerFile = Annotated[
    Path | None,
    typer.Option("--issuer", metavar="FILE", help="Its issuer's certificate, in PEM."),
]
SerialNumber = Annotated[
    str | None, typer.Option(help="With --issuer: its serial number in hexadecimal.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
LOCAL = "local"
