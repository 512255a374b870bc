"""Modules and functions stay small enough to be read at once; a long function says why it is."""

import ast
from pathlib import Path

import pytest

from tests.source_tree import parsed

ROOT = Path(__file__).parents[1]
PACKAGES = ("portcullis", "bootstrap", "components", "authorizer", "policies", "benchmarks")
PRODUCT = sorted(
    [
        ROOT / "__main__.py",
        *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")),
    ]
)
MAX_MODULE_LINES = 450
MAX_FUNCTION_LINES = 60
MAX_FILES_OF_GATEWAY = 8  # the rest is in its folders, one idea each


def test_no_module_is_longer_than_one_idea():
    lengths = {name(path): len(path.read_text().splitlines()) for path in PRODUCT}
    long = {module: lines for module, lines in lengths.items() if lines > MAX_MODULE_LINES}
    assert long == {}, f"more than {MAX_MODULE_LINES} lines: split it by idea"


def test_a_long_function_says_why_it_is_long():
    long = [
        f"{name(path)}:{function}"
        for path in PRODUCT
        for function in unexplained(path.read_text(encoding="utf-8"))
    ]
    assert long == [], (
        f"more than {MAX_FUNCTION_LINES} lines: split it, or say why in a comment above `def`"
    )


def test_the_gateway_keeps_its_modules_in_folders():
    assert len(list((ROOT / "portcullis" / "gateway").glob("*.py"))) <= MAX_FILES_OF_GATEWAY


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def unexplained(source: str) -> list[str]:
    """Functions over the limit without a comment on the line of `def` or directly above it."""
    lines = source.splitlines()
    found = []
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if (node.end_lineno or node.lineno) - node.lineno < MAX_FUNCTION_LINES:
            continue
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        signature = lines[node.lineno - 1 : node.body[0].lineno - 1]
        explained = lines[first - 2].lstrip().startswith("#") if first > 1 else False
        if not explained and not any("  # " in line and "noqa" not in line for line in signature):
            found.append(node.name)
    return found


@pytest.mark.parametrize(
    ("head", "is_explained"),
    [
        pytest.param("def long():", False, id="no comment"),
        pytest.param("# a table\ndef long():", True, id="comment above"),
        pytest.param("# a table\n@decorated\ndef long():", True, id="above its decorator"),
        pytest.param("def long():  # a table", True, id="comment beside"),
        pytest.param("def long():  # noqa: PLR0915", False, id="only a lint exception"),
    ],
)
def test_only_a_comment_at_the_definition_counts(head, is_explained):
    source = head + "\n    pass" * MAX_FUNCTION_LINES
    assert unexplained(source) == ([] if is_explained else ["long"])
    assert unexplained(source.removesuffix("\n    pass")) == []
