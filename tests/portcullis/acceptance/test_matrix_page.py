"""The lists in docs/guide/attack-matrix.md are what the cases say, no more and no less."""

import runpy
from pathlib import Path

from tests.portcullis.acceptance.sample_matrix import sample

FOLDER = Path(__file__).parents[3] / "docs" / "guide"
GENERATOR = runpy.run_path(str(FOLDER / "attack_matrix_page.py"))
BEGIN, render = GENERATOR["BEGIN"], GENERATOR["render"]
PAGE = (FOLDER / "attack-matrix.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date():
    assert render(PAGE) == PAGE, "Run: .venv/bin/python docs/guide/attack_matrix_page.py"


def test_every_case_has_its_row():
    page = render(PAGE)
    for case in sample().cases:
        assert page.count(f"| `{case.name}` |") == 1


def test_every_row_has_six_cells():
    rows = [
        line for line in render(PAGE).partition(BEGIN)[2].splitlines() if line.startswith("| `")
    ]
    assert len(rows) == len(sample().cases)
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}
