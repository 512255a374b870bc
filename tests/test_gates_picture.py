"""README's picture shows the gates and routes of the program as it is."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_picture_of_the_readme_is_that_of_the_graph():
    page = runpy.run_path(str(DOCS / "gates_picture.py"))
    assert page["draw"]() == page["PICTURE"].read_text(encoding="utf-8"), (
        "run .venv/bin/python docs/gates_picture.py"
    )
