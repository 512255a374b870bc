"""Copies of the project that a test may edit."""

import shutil
from pathlib import Path

from portcullis.pki.laptop import ensure

ROOT = Path(__file__).parents[3]
# Compiled modules are copied: a copy keeps modification times, so they are valid in it. What other
# tests write meanwhile is not: examples of hypothesis, and modules that are being compiled.
LEFT_OUT = (".git", ".venv", ".portcullis", ".*_cache", ".hypothesis", "*.pyc.*")
LEFT_OUT += ("tests", "docs", "benchmarks")


def copy_project(folder):
    """A copy in ``folder`` with a truststore; its zip and wheels come from the same cache."""
    copy = folder / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / ".venv").symlink_to(ROOT / ".venv")
    (copy / ".portcullis").mkdir()
    (ROOT / ".portcullis" / "build").mkdir(parents=True, exist_ok=True)
    (copy / ".portcullis" / "build").symlink_to(ROOT / ".portcullis" / "build")
    ensure(copy / ".portcullis" / "pki", hosts=["localhost"], clients={})
    return copy


def save(file, text):
    """Replace a file as a whole, as many editors do: a watch sees one change of it."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text)
    draft.replace(file)
