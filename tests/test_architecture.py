"""Arrows between our packages go one way (the drawing in docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Who may import whom, besides itself. A package that is not listed may import nothing of ours.
ALLOWED = {
    "__main__": {"portcullis.settings", "components"},
    "components": {
        "portcullis.settings",
        "portcullis.errors",
        "portcullis.files",
        "portcullis.pki",
        "portcullis.registry",
        "authorizer.metrics",  # the alarms watch what the function's lines tell
        "authorizer.policy",  # the packaging refuses what the function could not tell in a policy
        "authorizer.revocations",  # it writes the tables that the function looks into
        "authorizer.usage",  # the deploy makes the keys that the function's answers name
    },
    "authorizer": set(),
    "policies": set(),
    "portcullis.errors": set(),
    "portcullis.files": set(),
    "portcullis.pki": {"portcullis.errors", "portcullis.files"},
    "portcullis.registry": {
        "portcullis.errors",
        "portcullis.files",
        "portcullis.pki",
        "authorizer.item_keys",  # it writes the table that the function reads
        "authorizer.revocations",
    },
    "portcullis.standin": {"portcullis.errors"},
    "portcullis.settings": {"portcullis.errors", "portcullis.pki"},
    "portcullis.graph": {"portcullis.errors", "portcullis.settings", "portcullis.standin"},
    "portcullis.analyzer": {"portcullis.errors", "portcullis.graph"},
    "portcullis.gateway": {"portcullis.errors", "portcullis.graph"},
    "portcullis.petstore": {"portcullis.errors"},
    "portcullis.acceptance": {"portcullis.errors", "portcullis.pki"},
    "portcullis.laptop": {
        "portcullis.errors",
        "portcullis.files",
        "portcullis.analyzer",
        "portcullis.gateway",
        "portcullis.graph",
        "portcullis.pki",
        "portcullis.registry",
        "portcullis.settings",
    },
}
OURS = {"components", "authorizer", "policies", "portcullis"}


def modules(package: str) -> list[Path]:
    path = ROOT.joinpath(*package.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name the whole path"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in OURS}


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_stands_below_it(package):
    allowed = {package} | ALLOWED[package]
    for path in modules(package):
        for name in imports(path):
            assert any(name == a or name.startswith(f"{a}.") for a in allowed), (
                f"{path.relative_to(ROOT)} imports {name}"
            )


def test_every_package_of_the_tool_is_listed():
    packages = {f"portcullis.{p.parent.name}" for p in ROOT.glob("portcullis/*/__init__.py")}
    assert packages - {"portcullis.cli"} == {p for p in ALLOWED if p.startswith("portcullis.")} - {
        "portcullis.errors",
        "portcullis.files",
    }


@pytest.mark.parametrize("package", ["authorizer"])
def test_the_authorizer_loads_nothing_slow_at_module_level(package):
    slow = {"boto3", "botocore", "pulumi", "urllib3", f"{package}.aws_json"}
    for path in modules(package):
        if path.name == "aws_json.py":  # the one that is imported at the first signature
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
            assert not {n.split(".")[0] for n in names} & slow, path
            assert not set(names) & slow, path
