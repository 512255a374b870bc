"""Imports of our packages become relative; every other byte of a module stays."""

import runpy
from pathlib import Path, PurePath

import pytest

REWRITER = runpy.run_path(str(Path(__file__).parents[2] / "distribution" / "relative_imports.py"))
PACKAGES = frozenset({"components", "portcullis"})


def relative(text, path="components/inner/module.py"):
    return REWRITER["relative"](text.encode(), PurePath(path), PACKAGES).decode()


@pytest.mark.parametrize(
    ("path", "absolute", "expected"),
    [
        pytest.param(
            "components/arn.py",
            "from components.account import a",
            "from .account import a",
            id="beside it",
        ),
        pytest.param(
            "components/inner/module.py",
            "from components.arn import Place",
            "from ..arn import Place",
            id="one folder up",
        ),
        pytest.param(
            "components/arn.py",
            "from portcullis.pki.pem import read",
            "from ..portcullis.pki.pem import read",
            id="another package",
        ),
        pytest.param(
            "components/arn.py",
            "from components import account",
            "from . import account",
            id="a module of its own package",
        ),
        pytest.param(
            "components/arn.py",
            "from portcullis import files",
            "from ..portcullis import files",
            id="a module of another package",
        ),
        pytest.param(
            "components/inner/__init__.py",
            "from components.inner.module import a",
            "from .module import a",
            id="a package's own module",
        ),
        pytest.param(
            "components/arn.py",
            "def f():\n    x = 'ü'; from components.b import c  # from components.b import c",
            "def f():\n    x = 'ü'; from .b import c  # from components.b import c",
            id="inside a function, after a wide character",
        ),
    ],
)
def test_an_import_of_ours_becomes_relative(path, absolute, expected):
    assert relative(absolute, path) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from pulumi.components import a",
        "from componentsx.arn import a",
        "import pulumi",
        '"""from components.arn import a"""',
        "NAME = 'components.arn'  # from components.arn import a\r\n",
    ],
)
def test_everything_else_keeps_its_bytes(source):
    assert relative(source) == source


@pytest.mark.parametrize("source", ["import components.arn", "x = 1\nimport portcullis as p"])
def test_an_import_without_a_relative_form_is_refused(source):
    line = source.count("\n") + 1
    with pytest.raises(
        REWRITER["AbsoluteImportError"], match=rf"^components/inner/module.py:{line}: "
    ):
        relative(source)
