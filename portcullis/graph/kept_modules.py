"""Our own modules that stay imported between plans for as long as none of them changes."""

import importlib
import os
import sys
import sysconfig
from collections.abc import Mapping
from typing import Final

# Imports the components, which are the program's own: each plan imports those again.
PROGRAM: Final = "program"
INSTALLED: Final = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")
)

Signature = tuple[int, int, int]  # inode, size, time of change


def own_modules(*packages: str) -> dict[str, str]:
    """The imported modules of packages, with their files; without those that import a program."""
    within = tuple(f"{package}." for package in packages)
    programs = {f"{package}.{PROGRAM}" for package in packages}
    return {
        name: file
        for name, file in _files().items()
        if (name in packages or name.startswith(within)) and name not in programs
    }


class KeptModules:
    """A change of one file counts for all of them: modules hold objects of each other."""

    def __init__(self) -> None:
        self._signatures: dict[str, Signature | None] = {}
        self._begun_with = frozenset(sys.modules)

    def load(self, files: Mapping[str, str]) -> None:
        """Import modules, with these files, that are not imported yet."""
        # Before the import: an edit after this makes a difference.
        self._signatures |= {file: _signature(file) for file in files.values()}
        try:
            for name in sorted(files):
                importlib.import_module(name)
        except Exception:  # noqa: BLE001 - an edit under way: the next plan imports it and says so
            self._drop()
        if self._strangers():
            self._drop()

    def drop_changed(self) -> None:
        """Forget them all where a file has changed or is gone: a plan imports them again."""
        if any(_signature(file) != known for file, known in self._signatures.items()):
            self._drop()

    def _strangers(self) -> set[str]:
        """Modules that came with the others, and whose changes would not be seen."""
        return {
            name
            for name, file in _files().items()
            if name not in self._begun_with
            and file not in self._signatures
            and not file.startswith(INSTALLED)
        }

    def _drop(self) -> None:
        kept = {name for name, file in _files().items() if file in self._signatures}
        for name in (kept - self._begun_with) | self._strangers():
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:  # `from parent import child` looks there
                vars(sys.modules[parent]).pop(child, None)
        self._signatures.clear()


def _files() -> dict[str, str]:
    """The file of each imported module that has one."""
    modules = list(sys.modules.items())
    return {name: str(file) for name, m in modules if (file := getattr(m, "__file__", None))}


def _signature(file: str) -> Signature | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - a hundred files before each plan
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
