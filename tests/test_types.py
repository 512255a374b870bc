"""mypy knows the types of every AWS service that the code uses; pyproject.toml lists them."""

import ast
import tomllib
from pathlib import Path

import pulumi_aws

ROOT = Path(__file__).parents[1]
SDK = Path(pulumi_aws.__file__).parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def services_used():
    """The services in ``aws.<service>`` of every file that mypy checks."""
    used = set()
    for name in PYPROJECT["tool"]["mypy"]["files"]:
        for path in [ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"):
            used |= {
                node.attr
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in {"aws", "pulumi_aws"}
                and (SDK / node.attr).is_dir()
            }
    return used


def test_mypy_reads_the_services_that_the_code_uses_and_no_other():
    (followed,) = (
        override["module"]
        for override in PYPROJECT["tool"]["mypy"]["overrides"]
        if override.get("follow_imports") == "normal"
    )
    assert set(followed) == {"pulumi_aws"} | {f"pulumi_aws.{name}.*" for name in services_used()}
