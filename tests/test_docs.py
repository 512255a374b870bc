"""What the pages promise exists: links, commands with their options, cases of the matrix."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.main import get_command

from portcullis.cli.main import app
from tests.portcullis.acceptance.sample_matrix import sample

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("bootstrap/*.md"),
        *ROOT.glob("examples/*.md"),
        *ROOT.glob("distribution/*.md"),
        *ROOT.glob("templates/*/*.md"),
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


def _anchors(page):
    """The anchors of a page's headings, as GitHub writes them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.*)", prose, re.MULTILINE)
    plain = (re.sub(r"\]\([^)]*\)", "", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def test_every_anchor_is_a_heading():
    missing = [
        f"{page.name}: {target}#{anchor}"
        for page in PAGES
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", page.read_text())
        if "://" not in target
        and anchor not in _anchors((page.parent / target) if target else page)
    ]
    assert missing == []


def test_every_page_is_in_the_index():
    docs = ROOT / "docs"
    index = docs / "README.md"
    linked = {(docs / link).resolve() for link in LINK.findall(index.read_text())}
    pages = {page for page in PAGES if docs in page.parents and page.parent.name != "rules"}
    assert pages - linked - {index, *(docs / "decisions").iterdir()} == set()


# Behind `$`, .venv/bin/ or the beginning of a line in code; or in `a span of code`.
COMMAND = re.compile(
    r"`(?:\.venv/bin/)?portcullis ([^`\n]+)`"
    r"|^ *(?:\$ )?(?:\.venv/bin/)?portcullis ([a-z-][^\n]*)$",
    re.MULTILINE,
)


def _unknown(line):
    """The first word of a command line that the command does not have."""
    words = re.split(r" [|;#&>]", line)[0].split()
    command = get_command(app)
    while hasattr(command, "list_commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.get_command(None, name)
        if command is None:
            return None if re.search(r"[^a-z-]", name) else name  # `portcullis …`
    options = {"--help"} | {
        option for known in command.params for option in (*known.opts, *known.secondary_opts)
    }
    return next((w for w in words if w[:2] == "--" and w.partition("=")[0] not in options), None)


def test_every_command_exists_with_its_options():
    lines = [
        (page.name, span or code)
        for page in PAGES
        if page.name != "CHANGELOG.md"
        for span, code in COMMAND.findall(page.read_text().replace("\\\n", " "))
    ]
    assert len(lines) > 200
    assert [(page, line) for page, line in lines if _unknown(line)] == []


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("certs renew x --trough URL", "--trough"),
        ("cert renew x", "cert"),
        ("clients list # of all", None),
        ("up --no-inspector --config a=b", None),
    ],
)
def test_a_command_that_does_not_exist_is_seen(line, unknown):
    assert _unknown(line) == unknown
