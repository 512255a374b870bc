"""docs/operations/403.md says what the command says."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs" / "operations"


def test_the_page_is_what_the_causes_say():
    rendered = runpy.run_path(str(DOCS / "causes_page.py"))["page"]()
    page = (DOCS / "403.md").read_text(encoding="utf-8")
    assert page == rendered, "Run: .venv/bin/python docs/operations/causes_page.py"
