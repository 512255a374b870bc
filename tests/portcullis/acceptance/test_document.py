"""docs/guide/attack-matrix.md is what the cases say, no more and no less."""

from pathlib import Path

from portcullis.acceptance.document import FILE, render
from portcullis.acceptance.matrix.catalog import matrix

ROOT = Path(__file__).parents[3]


def test_the_page_is_up_to_date():
    found = (ROOT / FILE).read_text(encoding="utf-8")
    assert found == render(), "Run: python -m portcullis.acceptance.document"


def test_every_case_has_its_row():
    page = render()
    for case in matrix().cases:
        assert page.count(f"| `{case.name}` |") == 1


def test_every_row_has_six_cells():
    rows = [line for line in render().splitlines() if line.startswith("| `")]
    assert len(rows) == len(matrix().cases)
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}
