"""No class name stands for two things in what we ship."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.source_tree import parsed

ROOT = Path(__file__).parents[1]
PRODUCT = ("portcullis", "bootstrap", "components", "authorizer", "policies")


def test_no_class_name_stands_for_two_things():
    places = defaultdict(list)
    for path in sorted(path for package in PRODUCT for path in (ROOT / package).rglob("*.py")):
        for node in parsed(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert twice == {}
