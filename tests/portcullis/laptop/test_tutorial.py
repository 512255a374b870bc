"""docs/guide/tutorial.md does what it says: its files are written and its commands run, in order.

A block of ``text`` after a block of commands lists what their output contains.
"""

import os
import re
import subprocess
from dataclasses import dataclass

import pytest

from tests.portcullis.laptop.copies import copy_project
from tests.portcullis.laptop.running import ROOT

pytestmark = pytest.mark.laptop

TUTORIAL = ROOT / "docs" / "guide" / "tutorial.md"
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.S)
COMMANDS_SECONDS = 600


@dataclass(frozen=True)
class Step:
    """Files to write, then commands to run, then what their output must contain."""

    files: dict
    commands: str
    expected: tuple


def steps():
    files, found = {}, []
    for block in BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8")):
        if block["file"]:
            files[block["file"]] = block["text"]
        elif block["kind"] == "sh":
            found.append(Step(files, block["text"], ()))
            files = {}
        elif block["kind"] == "text":
            lines = tuple(line.rstrip() for line in block["text"].splitlines())
            found[-1] = Step(found[-1].files, found[-1].commands, lines)
    return found


def test_the_tutorial_ends_where_it_says(tmp_path):
    project = copy_project(tmp_path)
    environment = {
        **os.environ,
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    for step in steps():
        for name, text in step.files.items():
            (project / name).write_text(text, encoding="utf-8")
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step.commands],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMANDS_SECONDS,
            check=False,
        )
        said = ran.stdout + ran.stderr
        assert ran.returncode == 0, f"{step.commands}\n{said}"
        missing = [line for line in step.expected if line not in said]
        assert missing == [], said
    assert (project / "gates.svg").read_text().startswith("<svg ")


def test_the_page_has_steps_of_each_kind():
    found = steps()
    assert {name for step in found for name in step.files} == {"orders.openapi.yaml", "orders.py"}
    assert sum("--verify" in step.commands for step in found) == 2
    assert any("policies prove" in step.commands for step in found)
    assert sum(bool(step.expected) for step in found) >= 3
