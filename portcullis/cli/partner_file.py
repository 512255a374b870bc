"""The CSV file of partners that `certs issue --from` and `clients import` both read.

Each command uses its own columns and leaves those of the other alone.
"""

from pathlib import Path
from typing import Final

from portcullis.cli import csv_file
from portcullis.cli.csv_file import Faults, Row

SHARED: Final = ("client", "sanUri", "sanDns")
OF_CERTIFICATES: Final = ("days", "hours", "organization", "keyType", "csr")
OF_CLIENTS: Final = (
    "description",
    "scopes",
    "status",
    "ratePlan",
    "certificate",
    "pin",
    "bindIssuer",
)


def read(path: Path) -> tuple[list[Row], Faults]:
    """Raises CsvError where the file cannot be read, or its first line is wrong."""
    return csv_file.read(path, SHARED + OF_CLIENTS + OF_CERTIFICATES, key="client")
