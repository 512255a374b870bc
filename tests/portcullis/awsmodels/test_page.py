"""docs/policies/aws-models.md lists what the judge's tables contain."""

import runpy
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "docs" / "policies"


def test_the_page_is_current():
    generator = runpy.run_path(str(FOLDER / "aws_models_page.py"))
    page = (FOLDER / "aws-models.md").read_text(encoding="utf-8")
    assert page == generator["page"](), f"Run: {generator['COMMAND']}"
