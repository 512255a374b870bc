"""The build backend (PEP 517) of the distribution `portcullis-gates`.

An editable install is setuptools' own: the repository's packages keep their names. The wheel holds
them below the one package `portcullis_gates`: `components` or `policies` may be names of the
program that installs it, and `portcullis` is another project's distribution.
Equal sources give equal bytes. Why it is so: docs/decisions/0015-one-package-in-the-wheel.md
"""

import contextlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from relative_imports import relative
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
]

PACKAGE = "portcullis_gates"
PACKAGES = frozenset({"authorizer", "components", "policies", "portcullis"})
# What belongs to a package: its modules, data, and the locks of the Lambda zip.
SUFFIXES = frozenset(
    {".py", ".typed", ".yaml", ".txt", ".in", ".html", ".css", ".js", ".json", ".svg"}
)
# This repository's own waivers; a project has its own, and a pack without a file waives nothing.
LEFT_OUT = frozenset({PurePath("policies/waivers.yaml")})
OF_THE_SDIST = (
    "LICENSE",
    "pyproject.toml",
    "distribution",
    "requirements/runtime.in",
    "requirements/modsecurity.in",
)
BUILD_ONLY = frozenset({"setuptools"})
# Folders that the engine runs. Each names the environment that the wheel is installed in, by its
# place relative to lib/python3.X/site-packages/portcullis_gates/policies.
RUN_BY_THE_ENGINE = frozenset(
    {PurePath("policies/PulumiPolicy.yaml"), PurePath("components/PulumiPlugin.yaml")}
)
VENV = "../../../../.."
EPOCH = "315532800"  # 1 January 1980 in UTC, the earliest date that a zip can hold


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,  # noqa: ARG001 - of the interface
) -> str:
    """Build the wheel from a copy of the sources below one package."""
    target = str(Path(wheel_directory).resolve())
    with _copy() as (root, tree):
        write_package(root, tree)
        for name in ("LICENSE", "distribution/README.md"):
            _write(tree / PurePath(name).name, (root / name).read_bytes())
        _write(tree / "pyproject.toml", _wheel_project(root).encode())
        built: str = build_meta.build_wheel(target, config_settings)
    return built


def write_package(root: Path, tree: Path) -> None:
    """Write the packages of ``root`` below one package in the folder ``tree``."""
    for path in _package_files(root):
        _write(tree / PACKAGE / path, _packed(root, path))
    for name in ("__init__.py", "__main__.py", "py.typed"):
        _write(tree / PACKAGE / name, (root / "distribution" / PACKAGE / name).read_bytes())


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Pack what `build_wheel` needs, in the layout of the repository."""
    target = str(Path(sdist_directory).resolve())
    with _copy() as (root, tree):
        for name in OF_THE_SDIST:
            for file in (
                sorted((root / name).rglob("*")) if (root / name).is_dir() else [root / name]
            ):
                if file.is_file() and "__pycache__" not in file.parts:
                    _write(tree / file.relative_to(root), file.read_bytes())
        for path in _package_files(root):
            _write(tree / path, (root / path).read_bytes())
        _write(tree / "MANIFEST.in", b"global-include *\n")
        built: str = build_meta.build_sdist(target, config_settings)
    return built


@contextlib.contextmanager
def _copy() -> Iterator[tuple[Path, Path]]:
    """The root of the sources, and an empty folder that the build runs in."""
    root = Path.cwd()
    # For this process alone, which ends with the hook (PEP 517): a zip holds dates and modes.
    os.environ.setdefault("SOURCE_DATE_EPOCH", EPOCH)
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield root, Path(folder)


def _package_files(root: Path) -> Iterator[PurePath]:
    for package in sorted(PACKAGES):
        for file in sorted((root / package).rglob("*")):
            path = file.relative_to(root)
            if file.suffix in SUFFIXES and path not in LEFT_OUT:
                yield path


def _packed(root: Path, path: PurePath) -> bytes:
    content = (root / path).read_bytes()
    if path.suffix == ".py":
        return relative(content, path, PACKAGES)
    if path in RUN_BY_THE_ENGINE:
        described, count = re.subn(rb"(?m)^(\s*virtualenv:).*$", rb"\1 " + VENV.encode(), content)
        if count != 1:
            raise ValueError(f"{path} must name its virtualenv once.")
        return described
    return content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _wheel_project(root: Path) -> str:
    """The pyproject.toml of the copy: the repository's, for one package."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    scripts = {name: f"{PACKAGE}.{place}" for name, place in project["scripts"].items()}
    version = re.search(
        r'(?m)^VERSION = "(.+)"$', (root / "portcullis" / "package.py").read_text(encoding="utf-8")
    )
    if version is None:
        raise ValueError('portcullis/package.py must have a line VERSION = "…".')
    of_the_wheel = {
        "version": version[1],
        "readme": "README.md",
        "dependencies": list(_requirements(root, "runtime")),
        "optional-dependencies": {"modsecurity": list(_requirements(root, "modsecurity"))},
        "scripts": scripts,
    }
    kept = {key: value for key, value in project.items() if key != "dynamic"}
    return "\n".join(
        [
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"',
            *_table("project", kept | of_the_wheel),
            *_table("tool.setuptools.packages.find", {"include": [f"{PACKAGE}*"]}),
            *_table("tool.setuptools.package-data", {PACKAGE: ["**/*"]}),
        ]
    )


def _requirements(root: Path, name: str) -> Iterator[str]:
    for line in (root / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and re.split(r"[<>=!~\[ ]", line)[0] not in BUILD_ONLY:
            yield line


def _table(name: str, members: Mapping[str, Any]) -> Iterator[str]:
    """A table in TOML. Its strings and lists of strings are written as in JSON."""
    tables = {key: value for key, value in members.items() if isinstance(value, Mapping)}
    yield f"[{name}]"
    yield from (f"{key} = {json.dumps(v)}" for key, v in members.items() if key not in tables)
    for key, value in tables.items():
        yield from _table(f"{name}.{key}", value)
