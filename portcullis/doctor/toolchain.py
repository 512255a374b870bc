"""Checks the local tools: Python, the virtual environments, libinjection, the Pulumi CLI, git."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import yaml

from portcullis.doctor.diagnosis import Diagnosis, fail, ok, warn
from portcullis.gateway.waf.libinjection import PACKAGE, injection_matches, libinjection

MIN_PYTHON = (3, 11)  # pyproject.toml, requires-python
INSTALL_PULUMI = "Install it: https://www.pulumi.com/docs/install/"
TIMEOUT_SECONDS = 10.0


def check_toolchain(project: Path, *, deploys: bool) -> Iterator[Diagnosis]:
    """``deploys`` is false for the laptop's stack, which runs without the Pulumi CLI."""
    yield _python()
    yield _virtual_environment(project)
    yield from _environment_of_the_pack(project / "policies", deploys=deploys)
    yield _injection_matches()
    yield _pulumi(deploys=deploys)
    yield _git(project)


def _python() -> Diagnosis:
    if sys.version_info < MIN_PYTHON:
        wanted = ".".join(map(str, MIN_PYTHON))
        return fail(
            "python", f"Python {platform.python_version()}", f"Run: make PYTHON=python{wanted} up"
        )
    return ok("python", f"Python {platform.python_version()}")


def _virtual_environment(project: Path) -> Diagnosis:
    wanted = project / ".venv"
    if Path(sys.prefix).resolve() == wanted.resolve():
        return ok("venv", str(wanted))
    return warn(
        "venv",
        f"this command runs in {sys.prefix}; the Pulumi program runs in {wanted}",
        "Run: make up, then .venv/bin/portcullis doctor",
    )


def _environment_of_the_pack(folder: Path, *, deploys: bool) -> Iterator[Diagnosis]:
    """Without it, the engine answers ``--policy-pack`` with "connection refused" only."""
    file = folder / "PulumiPolicy.yaml"
    if not file.exists():
        return  # the installed pack judges
    try:
        virtualenv = yaml.safe_load(file.read_text("utf-8"))["runtime"]["options"]["virtualenv"]
        wanted = Path(os.path.normpath(folder / virtualenv))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        yield warn(
            "pack",
            f"{file} names no virtual environment, so the engine starts the pack with another one",
            "Write runtime: {name: python, options: {virtualenv: ../.venv}} there",
        )
        return
    if (wanted / "bin" / "python").exists():
        yield ok("pack", f"{file} runs in {wanted}")
        return
    install = f"python3 -m venv {wanted}, and install the packages that the pack imports"
    of_project = wanted == Path(os.path.normpath(folder.parent / ".venv"))
    report = fail if deploys else warn
    yield report(
        "pack",
        f"{file} names the virtual environment {wanted}, which does not exist: "
        "pulumi --policy-pack cannot start the pack",
        f"Run: {'make up' if of_project else install}",
    )


def _injection_matches() -> Diagnosis:
    """What the laptop's web ACL matches SQL injection and cross-site scripting with."""
    if libinjection() is None:
        return warn(
            "injections",
            f"the laptop's web ACL matches injections with {injection_matches()}",
            f"Where there is a wheel, run: pip install {PACKAGE}",
        )
    return ok("injections", injection_matches())


def _pulumi(*, deploys: bool) -> Diagnosis:
    found = _output("pulumi", "version")
    if found is None:
        missing = "a pulumi command that works was not found"
        if deploys:
            return fail("pulumi", missing, INSTALL_PULUMI)
        return warn("pulumi", f"{missing}; the laptop needs none, a deploy does", INSTALL_PULUMI)
    sdk = version("pulumi")
    if found.removeprefix("v").partition(".")[0] != sdk.partition(".")[0]:
        return fail(
            "pulumi",
            f"CLI {found}, but the program is written for {sdk}: the major versions must be equal",
            INSTALL_PULUMI,
        )
    return ok("pulumi", f"CLI {found}, SDK {sdk}")


def _git(project: Path) -> Diagnosis:
    found = _output("git", "--version")
    if found is None:
        return warn(
            "git",
            "a git command that works was not found",
            "Install git, for example: apt install git",
        )
    if _output("git", "-C", str(project), "rev-parse", "--git-dir") is None:
        return warn(
            "git",
            f"{project} is not in a git repository, so changes cannot be traced",
            f"Run: git -C {project} init",
        )
    return ok("git", found)


def _output(*command: str) -> str | None:
    """The first line of a command's output; None if it cannot be run, fails or hangs."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        run = subprocess.run(  # noqa: S603 - a fixed command, found on PATH
            [program, *command[1:]],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.partition("\n")[0].strip()
