"""Fixtures: the wheel, built by pip, and a virtual environment that has it without our sources."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel and, from ours, its dependencies."""

    folder: Path

    @property
    def python(self):
        return self.folder / "bin" / "python"

    @property
    def package(self):
        (found,) = self.folder.glob("lib/python3*/site-packages/portcullis_gates")
        return found

    def run(self, *command, cwd, **environment):
        """Run a program of the environment, without ours on its path."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        program = self.folder / "bin" / command[0]
        return subprocess.run(
            [program, *map(str, command[1:])],
            cwd=cwd,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=900,
        )


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=900)
    environment = Installed(folder)
    pip("--python", environment.python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    # A .pth file below another one's folder is not read, so our editable install stays unseen.
    (environment.package.parent / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return environment
