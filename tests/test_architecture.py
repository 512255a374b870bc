"""Imports between our packages go one way, as the table of docs/architecture_page.py says."""

import ast
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.source_tree import parsed

ROOT = Path(__file__).parents[1]
PAGE = runpy.run_path(str(ROOT / "docs" / "architecture_page.py"))
ROOMS = PAGE["ROOMS"]
OURS = {"bootstrap", "components", "authorizer", "policies", "portcullis"}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PRODUCT = {
    dotted(path): path
    for path in [ROOT / "__main__.py", *(p for top in OURS for p in ROOT.glob(f"{top}/**/*.py"))]
}


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of ours that a module imports, at its top or in a function."""
    path = PRODUCT[module]
    found: set[str] = set()
    for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name the whole path"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in PRODUCT else str(node.module))
    return frozenset(name for name in found if name.split(".")[0] in OURS)


def is_within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    """The longest entry of the table that the module is within."""
    rooms = [room for room in ROOMS if is_within(module, room)]
    assert rooms, f"{module} is in no folder of docs/architecture_page.py: add it there"
    return max(rooms, key=len)


def foreign(room: str) -> Iterator[tuple[str, str]]:
    """The imports of a room that lead out of it, with the module that has them."""
    for module in PRODUCT:
        if not is_empty_package(module) and room_of(module) == room:
            for name in imports(module):
                if room_of(name) != room:
                    yield module, name


def is_empty_package(module: str) -> bool:
    return PRODUCT[module].name == "__init__.py" and not imports(module)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_table_lists(room):
    listed = ROOMS[room].imports
    unlisted = [
        f"{module} imports {name}"
        for module, name in foreign(room)
        if not any(is_within(name, entry) for entry in listed)
    ]
    assert unlisted == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_entry_of_the_table_is_used(room):
    used = {name for _, name in foreign(room)}
    unused = {e for e in ROOMS[room].imports if not any(is_within(name, e) for name in used)}
    assert unused == set(), f"{room}: remove these from docs/architecture_page.py"


def test_every_room_of_the_table_exists():
    assert [r for r in ROOMS if not any(is_within(module, r) for module in PRODUCT)] == []


def test_every_module_is_in_a_room():
    for module in PRODUCT:
        if not is_empty_package(module):
            room_of(module)


def test_no_rooms_import_each_other_in_a_circle():
    arrows = {room: {room_of(name) for _, name in foreign(room)} for room in ROOMS}
    assert circles(arrows) == set()


def circles(arrows: dict[str, set[str]]) -> set[frozenset[str]]:
    """Groups of rooms of which each reaches every other."""
    reached: dict[str, set[str]] = {}
    for room, imported in arrows.items():
        seen: set[str] = set()
        waiting = set(imported)
        while waiting:
            following = waiting.pop()
            if following not in seen:
                seen.add(following)
                waiting |= arrows[following]
        reached[room] = seen
    return {
        frozenset(other for other in seen if room in reached[other])
        for room, seen in reached.items()
        if room in seen
    }


def test_a_circle_of_three_is_found():
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert circles(arrows) == {frozenset({"a", "b", "c"})}


def test_the_page_shows_the_table_of_today():
    page = PAGE["PAGE"].read_text(encoding="utf-8")
    assert page == PAGE["render"](page), f"Run: {PAGE['COMMAND']}"


@pytest.mark.parametrize("package", ["authorizer"])
def test_the_authorizer_loads_nothing_slow_at_module_level(package):
    slow = {"boto3", "botocore", "pulumi", "urllib3", f"{package}.aws_json"}
    for path in sorted((ROOT / package).rglob("*.py")):
        if path.name == "aws_json.py":  # it is imported at the first signature
            continue
        for node in parsed(path.read_text(encoding="utf-8")).body:
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
            assert not {n.split(".")[0] for n in names} & slow, path
            assert not set(names) & slow, path
