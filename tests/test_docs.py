"""What the pages promise exists: every relative link, every case that the threat model names."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from portcullis.acceptance.document import sample

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("bootstrap/*.md"),
        *ROOT.glob("examples/*.md"),
    ],
    key=lambda page: page.as_posix(),
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_the_threat_model_names_cases_of_the_matrix():
    table = (ROOT / "docs" / "threat-model.md").read_text().split("## What we trust")[0]
    named = [
        name
        for line in table.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`([a-z0-9*-]+)`", line.rsplit("|", 2)[1])
    ]
    assert len(named) > 15
    known = [case.name for case in sample().cases]
    assert [name for name in named if not any(fnmatch(case, name) for case in known)] == []
