"""docs/reference/components.md is made from the classes of the components."""

import ast
import runpy
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "docs" / "reference"
PAGE = runpy.run_path(str(FOLDER / "components_page.py"))


@pytest.fixture(scope="module")
def page():
    return PAGE["page"]()


def test_the_page_is_current(page):
    committed = (FOLDER / "components.md").read_text(encoding="utf-8")
    assert committed == page, f"Run: {PAGE['COMMAND']}"


def test_every_component_is_on_it(page):
    made = {
        node.name
        for path in (PROJECT / "components").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        if {ast.unparse(base) for base in node.bases} & {"pulumi.ComponentResource", "ContractApi"}
    }
    assert {name for name in made if f"\n## {name}\n" not in page} == set()
    assert len(made) > 8


def test_every_argument_and_output_has_a_text(page):
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    assert [row for row in rows if row.rstrip(" |").endswith(("|", "none", "**required**"))] == []


def test_a_default_is_shown_and_a_required_argument_is_marked(page):
    gates = page.partition("## GuardedApi")[2].partition("### Outputs")[0]
    assert "| `rate_limit` | whole number | `2000` |" in gates
    assert "| `domain` | string | **required** |" in gates
    assert '| `signing_keys` | list of string | `["a"]` |' in gates
    shield = page.partition("## WafShield")[2].partition("### Outputs")[0]
    assert "| `stage_arn` | Input of string | **required** |" in shield
