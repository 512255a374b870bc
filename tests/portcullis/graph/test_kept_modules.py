"""Modules stay imported until a file changes; then all of them are imported again."""

import importlib
import os
import sys

import pytest

from portcullis.graph.kept_modules import KeptModules, own_modules

FILES = {
    "own_package/__init__.py": "",
    "own_package/early.py": "",
    "own_package/errors.py": "class OwnError(Exception): ...\n",
    "own_package/inner/__init__.py": "",
    "own_package/inner/reader.py": "from own_package.errors import OwnError\nVALUE = 1\n",
    "own_package/program.py": "import own_program\n",
    "own_program.py": "",
}
READER, ERRORS = "own_package.inner.reader", "own_package.errors"
PLAN = {
    "own_package.early": "early.py",
    ERRORS: "errors.py",
    "own_package.inner": "inner/__init__.py",
    READER: "inner/reader.py",
}


def planned(package):
    """The modules of a plan, with their files."""
    return {name: str(package / file) for name, file in PLAN.items()}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder; its modules are gone after the test."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # its time of change is in seconds
    yield tmp_path / "own_package"
    for name in [name for name in sys.modules if name.startswith("own_p")]:
        del sys.modules[name]


@pytest.fixture
def kept(package):
    """After a plan that imported the reader, the errors and the program."""
    importlib.import_module("own_package.early")
    kept = KeptModules()
    kept.load(planned(package))
    return kept


def test_modules_stay_while_their_files_do(kept):
    reader = sys.modules[READER]
    kept.drop_changed()
    assert importlib.import_module(READER) is reader


def test_a_change_of_one_file_counts_for_all(kept, package):
    """The reader would raise the error's earlier class, which nobody could catch."""
    early, reader = sys.modules["own_package.early"], sys.modules[READER]
    (package / "errors.py").write_text("class OwnError(ValueError): ...\n")
    kept.drop_changed()
    assert sys.modules["own_package.early"] is early  # the host itself works with it
    again = importlib.import_module(READER)
    assert again is not reader
    assert issubclass(again.OwnError, ValueError)
    from own_package import errors  # noqa: PLC0415 - by the attribute of the package

    assert errors.OwnError is again.OwnError


def test_a_file_that_is_replaced_or_gone_counts(kept, package):
    file = package / "inner" / "reader.py"
    os.utime(file, (1, 1))
    kept.drop_changed()
    assert READER not in sys.modules
    kept.load(planned(package))
    assert READER in sys.modules
    file.unlink()
    kept.drop_changed()
    assert READER not in sys.modules


def test_an_edit_during_the_import_leaves_nothing_behind(kept, package):
    (package / "inner" / "reader.py").write_text("VALUE = (")
    kept.drop_changed()
    kept.load(planned(package))
    assert not {ERRORS, READER} & set(sys.modules)


@pytest.mark.parametrize("stranger", ["own_package.later", "own_program"])
def test_a_module_that_no_plan_named_leaves_nothing_behind(kept, package, stranger):
    """Nothing would see its changes."""
    (package / "inner" / "reader.py").write_text(f"import {stranger}\n")
    (package / "later.py").write_text("")
    kept.drop_changed()
    kept.load(planned(package))
    assert not {stranger, ERRORS, READER} & set(sys.modules)


def test_what_imports_the_program_is_not_kept(package):
    importlib.import_module("own_package.program")
    assert set(own_modules("own_package")) == {"own_package"}
    importlib.import_module(READER)
    assert own_modules("own_package")[READER] == str(package / "inner" / "reader.py")
