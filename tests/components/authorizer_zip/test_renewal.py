"""The zip of the renewal works as the repository and as the wheel lay it out."""

import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from components.authorizer_zip.renewal import MODULES
from distribution.relative_imports import relative

ROOT = Path(__file__).parents[3]
PACKAGES = frozenset({"authorizer", "components", "policies", "portcullis"})
SERVICE = "portcullis.renewal.service"


@pytest.mark.parametrize("package", ["", "portcullis_gates"])
def test_the_function_imports_nothing_that_its_zip_lacks(tmp_path, package):
    names = [f"portcullis/{module}" for module in MODULES]
    names += [f"authorizer/{module.name}" for module in (ROOT / "authorizer").glob("*.py")]
    for name in names:
        source = (ROOT / name).read_bytes()
        if package:  # as the build backend of the wheel does
            source = relative(source, PurePath(name), PACKAGES)
        file = tmp_path / package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source)
    module = f"{package}.{SERVICE}" if package else SERVICE
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import {module}; print({module}.__file__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
