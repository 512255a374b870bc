"""Reads CSV files of partners: every fault is reported with line, column and what is accepted."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from portcullis.errors import MisuseError, PortcullisError

T = TypeVar("T")


class CsvError(MisuseError):
    """The file cannot be used; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The cells of one line by column, without spaces around them; "" for an empty one."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Faults:
    """Collects the faults of a file, so that all of them are reported at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, column: str, message: str) -> None:
        self._found.append((line, f"{self._path}:{line}: column {column}: {message}"))

    def parsed(self, row: Row, column: str, parse: Callable[[str], T], default: T) -> T:
        """The value of a cell: ``default`` for an empty one, or after adding its fault.

        ``parse`` raises a PortcullisError that says what is accepted.
        """
        if not row[column]:
            return default
        try:
            return parse(row[column])
        except PortcullisError as error:
            self.add(row.line, column, str(error))
            return default

    def each(self, row: Row, column: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """The values of a cell that holds several, separated by spaces."""
        return self.parsed(row, column, lambda text: tuple(map(parse, text.split())), ())

    @property
    def count(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raises CsvError if there is one."""
        if self._found:
            raise CsvError("\n".join(text for _, text in sorted(self._found)))


def read(path: Path, columns: tuple[str, ...], *, key: str) -> tuple[list[Row], Faults]:
    """The rows of a file whose first line names some of ``columns``, among them ``key``.

    No two rows have the same ``key``. Separated by commas, or by semicolons as spreadsheets in
    many countries write it. Lines without text are skipped.

    Raises:
        CsvError: the file cannot be read at all, or its first line is wrong.
    """
    records = _records(path)
    if not records:
        raise CsvError(f"{path} is empty. Its first line must name columns: {', '.join(columns)}.")
    (line, header), *rest = records
    faults = Faults(path)
    for name in header:
        if name not in columns:
            faults.add(line, repr(name), f"does not exist; accepted: {', '.join(columns)}.")
        elif header.count(name) > 1:
            faults.add(line, name, "is there twice.")
    if key not in header:
        faults.add(line, key, "is missing, and is required.")
    faults.check()
    rows: list[Row] = []
    lines: dict[str, int] = {}
    for line, cells in rest:
        if len(cells) != len(header):
            faults.add(line, header[min(len(cells), len(header) - 1)], _wrong_count(cells, header))
            continue
        row = Row(line=line, cells=dict(zip(header, cells, strict=True)))
        if row[key] in lines:
            faults.add(line, key, f"{row[key]!r} is in line {lines[row[key]]} already.")
        lines[row[key]] = line
        rows.append(row)
    return rows, faults


def _wrong_count(cells: list[str], header: list[str]) -> str:
    return (
        f"the line has {len(cells)} cells, but the first line names {len(header)} columns. Put a "
        'cell that holds a comma into double quotes: "Doe, Inc."'
    )


def _records(path: Path) -> list[tuple[int, list[str]]]:
    """Lines and their cells; a cell in quotes may hold line breaks, so its line is the first."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CsvError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CsvError(f"{path} is not UTF-8 text. Save it as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    separator = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, line = [], 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                found.append((line, stripped))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CsvError(f"{path}:{line}: is not CSV: {error}.") from error
    return found
