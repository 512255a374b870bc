"""Texts that a user sees name no file that is only in this repository."""

import ast
import re
from pathlib import Path

from portcullis.explain.causes import causes
from tests.source_tree import parsed

ROOT = Path(__file__).parents[1]
PRODUCT = ("portcullis", "components", "authorizer", "policies")
PAGE = re.compile(r"(?<![/\w])(?:docs/[\w./-]+|[\w/-]*README\.md|CONTRIBUTING\.md)")


def pages_in(tree: ast.AST) -> list[str]:
    """Pages in string literals: not in docstrings, nor in why, the text of the settings page."""
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or (isinstance(node, ast.keyword) and node.arg == "why"):
            hidden.update(ast.walk(node.value))
    return [
        page
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in hidden
        for page in PAGE.findall(node.value)
    ]


def test_no_text_names_a_page_that_an_installed_wheel_does_not_have():
    named = {
        str(path.relative_to(ROOT)): pages
        for package in PRODUCT
        for path in sorted((ROOT / package).rglob("*.py"))
        if (pages := pages_in(parsed(path.read_text("utf-8"))))
    }
    assert named == {}


def test_no_cause_names_such_a_page():
    texts = [cause.what + cause.fix for rows in causes().values() for cause in rows]
    assert PAGE.findall("".join(texts)) == []


def test_a_page_in_an_error_is_seen():
    error = parsed('"""docs/a.md"""\nraise ValueError(f"{x}: see docs/guide/own-key.md")')
    assert pages_in(error) == ["docs/guide/own-key.md"]
    assert pages_in(parsed('print("README.md")\nSetting(why="docs/a.md")')) == ["README.md"]
    assert pages_in(parsed('print("https://www.pulumi.com/docs/install/")')) == []
