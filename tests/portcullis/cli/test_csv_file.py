"""Faults of a CSV file name line, column and what is accepted, all of them at once."""

import pytest

from portcullis.cli import csv_file
from portcullis.cli.csv_file import CsvError
from portcullis.errors import MisuseError

COLUMNS = ("client", "days", "organization")


@pytest.fixture
def read(tmp_path):
    def call(content):
        path = tmp_path / "partners.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return csv_file.read(path, COLUMNS, key="client")

    return call


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("client,organization\nshop,Pets\n", id="plain"),
        pytest.param("\ufeffclient,organization\r\nshop,Pets\r\n", id="as a spreadsheet saves it"),
        pytest.param("client;organization\nshop;Pets", id="semicolons"),
        pytest.param("organization, client\n\n Pets , shop \n,\n", id="order, spaces, empty lines"),
    ],
)
def test_rows_are_read_by_column(read, content):
    (row,), faults = read(content)
    faults.check()
    assert (row["client"], row["organization"], row["days"]) == ("shop", "Pets", "")


def test_the_line_is_that_of_the_row_also_after_a_cell_of_several_lines(read):
    rows, _ = read('client,organization\na,"Pets,\nInc."\n\nb,\n')
    assert [(row["client"], row.line) for row in rows] == [("a", 2), ("b", 5)]
    assert rows[0]["organization"] == "Pets,\nInc."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty. Its first line must name columns: client, days, organization"),
        ("days\n3\n", "partners.csv:1: column client: is missing"),
        ("client,day\n", "partners.csv:1: column 'day': does not exist; accepted: client, days"),
        ("client,client\n", "partners.csv:1: column client: is there twice"),
        (b"client\n\xff\n", "is not UTF-8"),
        ('client\n"a\n', "partners.csv:2: is not CSV"),
        ("client\n" + "a" * 200_000, "is not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_error(read, content, message):
    with pytest.raises(CsvError) as refused:
        read(content)
    assert message in str(refused.value)


def test_all_faults_of_the_rows_are_reported_in_the_order_of_the_lines(read):
    rows, faults = read("client,days\na,x\nb\na,1\nc,1,2\n")

    def number(text):
        if not text.isdigit():
            raise MisuseError(f"is {text!r}; accepted: a number.")
        return int(text)

    assert [faults.parsed(row, "days", number, 7) for row in rows] == [7, 1]
    assert [faults.parsed(row, "organization", number, None) for row in rows] == [None, None]
    with pytest.raises(CsvError) as refused:
        faults.check()
    starts = [line.partition("partners.csv:")[2] for line in str(refused.value).splitlines()]
    assert starts[0] == "2: column days: is 'x'; accepted: a number."
    assert starts[1].startswith("3: column days: the line has 1 cells, but the first line names 2")
    assert starts[2] == "4: column client: 'a' is in line 2 already."
    assert starts[3].startswith("5: column days: the line has 3 cells")


def test_a_file_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(CsvError, match="No such file"):
        csv_file.read(tmp_path / "no.csv", COLUMNS, key="client")
