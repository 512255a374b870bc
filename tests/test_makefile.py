"""`make up` and `make test` recover from an interrupted setup, and say what a machine lacks.

The real Makefile runs in a temporary folder. Stubs stand in for python3 and pip: no network.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON3 = f"""#!/bin/sh
case "$*" in
"-m venv .venv")
    mkdir -p .venv/bin
    cp stubs/venv-python .venv/bin/python
    touch .venv/bin/pip
    cp stubs/portcullis .venv/bin/portcullis ;;
*) exec {sys.executable} "$@" ;;
esac
"""
# Debian's python3 without python3-venv: `venv` leaves an interpreter behind, then gives up.
PYTHON3_WITHOUT_VENV = f"""#!/bin/sh
case "$*" in
"-m venv .venv")
    {sys.executable} -m venv --without-pip .venv
    echo "The virtual environment was not created successfully" && exit 1 ;;
*) PYTHONPATH=stubs/without-ensurepip exec {sys.executable} "$@" ;;
esac
"""
VENV_PYTHON = """#!/bin/sh
echo "$*" >> pip.log
case "$*" in
*modsecurity*) test ! -e no-wheel ;;
*" install "*) test ! -e pip-is-killed || kill -9 $$ ;;
esac
"""


@pytest.fixture
def clone(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    stubs = tmp_path / "stubs"
    (stubs / "without-ensurepip").mkdir(parents=True)
    (stubs / "without-ensurepip" / "ensurepip.py").write_text("raise ModuleNotFoundError(__name__)")
    executable(stubs / "python3", PYTHON3)
    executable(stubs / "venv-python", VENV_PYTHON)
    executable(stubs / "portcullis", "#!/bin/sh\necho portcullis runs\n")
    return tmp_path


def executable(path, text):
    path.write_text(text)
    path.chmod(0o755)


def make(clone, target="up", python="stubs/python3"):
    # A make that runs these tests must not hand its own flags or variables to the one under test.
    environment = {
        k: v
        for k, v in os.environ.items()
        if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}
    }
    return subprocess.run(
        ["make", target, f"PYTHON={python}"],
        cwd=clone,
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def installs(clone):
    return [line for line in (clone / "pip.log").read_text().splitlines() if " install " in line]


def without_pip(venv):
    shutil.rmtree(venv)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)


def pip_half_unpacked(venv):
    (venv / "bin" / "pip").unlink()
    (venv / ".runtime-installed").unlink()


def interpreter_removed(venv):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/usr/bin/python3.0")


def interpreter_upgraded(venv):
    executable(venv / "bin" / "python", "#!/bin/sh\necho 'No module named pip' && exit 1\n")


@pytest.mark.parametrize(
    "damage",
    [
        without_pip,
        pip_half_unpacked,
        interpreter_removed,
        interpreter_upgraded,
    ],
)
def test_a_broken_venv_is_made_again(clone, damage):
    assert make(clone).returncode == 0
    damage(clone / ".venv")
    (clone / ".venv" / "left-over").touch()
    (clone / "pip.log").unlink(missing_ok=True)

    run = make(clone)

    assert run.returncode == 0, run.stderr
    assert "portcullis runs" in run.stdout
    assert not (clone / ".venv" / "left-over").exists()
    assert any("-r requirements/runtime.txt" in line for line in installs(clone))


def test_a_real_venv_without_pip_gets_pip(clone):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)

    run = make(clone, ".venv/bin/pip", python=sys.executable)

    assert run.returncode == 0, run.stderr
    subprocess.run([clone / ".venv/bin/python", "-m", "pip", "--version"], check=True)


def test_a_working_venv_is_left_alone(clone):
    make(clone)
    (clone / ".venv" / "kept").touch()
    before = installs(clone)

    run = make(clone)

    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [".venv/bin/portcullis up --verify", "portcullis runs"]
    assert (clone / ".venv" / "kept").exists()
    assert installs(clone) == before


def test_a_python_without_venv_names_the_debian_package(clone):
    executable(clone / "stubs" / "python3", PYTHON3_WITHOUT_VENV)

    run = make(clone)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert run.returncode != 0
    assert f"apt install python{version}-venv" in run.stderr
    assert "then run make again" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (clone / ".venv").exists()


def test_after_python3_venv_is_installed_make_goes_on(clone):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    executable(clone / "stubs" / "python3", PYTHON3_WITHOUT_VENV)
    assert make(clone).returncode != 0
    executable(clone / "stubs" / "python3", PYTHON3)

    run = make(clone)

    assert run.returncode == 0, run.stderr
    assert "portcullis runs" in run.stdout


def test_a_failed_venv_leaves_nothing_behind(clone):
    executable(
        clone / "stubs" / "python3",
        f"""#!/bin/sh
case "$*" in
"-m venv .venv") mkdir -p .venv/bin; touch .venv/bin/pip; echo "No space left" >&2; exit 1 ;;
*) exec {sys.executable} "$@" ;;
esac
""",
    )

    run = make(clone)

    assert run.returncode != 0
    assert "No space left" in run.stderr
    assert not (clone / ".venv").exists()


def test_a_killed_pip_is_resumed(clone):
    (clone / "pip-is-killed").touch()
    assert make(clone).returncode != 0
    (clone / "pip-is-killed").unlink()
    # Killed between METADATA and INSTALLER, a package counts as installed for the next pip.
    packages = clone / ".venv" / "lib" / "python3.11" / "site-packages"
    (packages / "half-1.0.dist-info").mkdir(parents=True)
    (packages / "whole-1.0.dist-info").mkdir()
    (packages / "whole-1.0.dist-info" / "INSTALLER").touch()
    (clone / ".venv" / "kept").touch()
    (clone / "pip.log").unlink()

    run = make(clone)

    assert run.returncode == 0, run.stderr
    assert "portcullis runs" in run.stdout
    assert any("-r requirements/runtime.txt" in line for line in installs(clone))
    assert [package.name for package in packages.iterdir()] == ["whole-1.0.dist-info"]
    assert (clone / ".venv" / "kept").exists()


def test_a_platform_without_a_wheel_of_libmodsecurity_runs_without_it(clone):
    (clone / "no-wheel").touch()

    run = make(clone)

    assert run.returncode == 0, run.stderr
    assert "libmodsecurity is not installed" in run.stdout
    assert "portcullis runs" in run.stdout


def test_an_install_says_what_it_does_and_lets_pip_show_progress(clone):
    run = make(clone, ".venv/.dev-installed")

    assert run.returncode == 0, run.stderr
    assert "Installing requirements/runtime.txt into .venv" in run.stdout
    assert "Installing requirements/dev.txt into .venv" in run.stdout
    locked = [
        line for line in installs(clone) if "requirements/" in line and "modsecurity" not in line
    ]
    assert len(locked) == 2
    assert not any("--quiet" in line or " -q" in line for line in locked)
