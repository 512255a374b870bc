"""The pages of docs/policies are what the rules, their examples and the proof say today."""

import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "policies"
GENERATOR = runpy.run_path(str(FOLDER / "pages.py"))
COMMAND = GENERATOR["COMMAND"]


@pytest.fixture(scope="module")
def pages():
    return dict(GENERATOR["pages"]())


def test_every_rule_has_its_page_and_no_page_is_left_over(pages):
    written = {str(path.relative_to(FOLDER)) for path in (FOLDER / "rules").glob("*.md")}
    assert written | {"README.md", "controls.md"} == set(pages), f"Run: {COMMAND}"


def test_the_pages_are_current(pages):
    for name, content in pages.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, f"{name}; run: {COMMAND}"


@pytest.mark.parametrize("page", ["README.md", "using-the-pack.md"])
def test_links_between_the_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", (FOLDER / page).read_text()):
        assert (FOLDER / target).exists(), target
