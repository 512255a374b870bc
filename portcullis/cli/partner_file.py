"""The CSV file of partners that `certs issue --from` and `clients import` both read.

Each command uses its own columns and leaves those of the other alone.
"""

from pathlib import Path
from typing import Final

from portcullis.cli import csv_file
from portcullis.cli.csv_file import Faults, Row
from portcullis.errors import MisuseError

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


def file_beside(partners: Path, name: str) -> Path:
    """A file that a cell names, relative to the CSV file.

    Raises:
        MisuseError: it does not exist, or is a device or a pipe, which may never end.
    """
    path = partners.parent / name
    if not path.is_file():
        raise MisuseError(f"{path} cannot be read: there is no such file.")
    return path
