"""The real engine reads every odd value as we do; needs a `pulumi` CLI on PATH."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.portcullis.settings.odd_values import (
    FILES,
    REFUSED_FILES,
    REFUSED_VALUES,
    SCALARS,
    STRUCTURES,
    TYPES,
)

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 900
PROJECT = """\
name: gate
runtime:
  name: python
  options: {virtualenv: .venv}
"""
PROGRAM = """\
import json
from pathlib import Path
from pulumi.runtime.config import CONFIG, get_config_env

Path("seen.json").write_text(json.dumps({**get_config_env(), **CONFIG.get()}))
"""

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine") / "project"
    folder.mkdir()
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


@pytest.fixture(scope="module")
def pulumi(folder):
    home, state = folder.parent / "home", folder.parent / "state"
    home.mkdir()
    state.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase of this test alone",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "TZ": "UTC",  # a time with the offset of the machine is printed with its zone
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def run(*arguments):
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "dev", "--non-interactive"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    (folder / "Pulumi.yaml").write_text(PROJECT)
    made = run("stack", "init")
    assert made.returncode == 0, made.stderr
    return run


@pytest.fixture
def listed(pulumi, folder):
    """The values that `pulumi config` finds in a stack file; None where it refuses the file."""

    def read(content):
        (folder / "Pulumi.yaml").write_text(PROJECT)
        (folder / "Pulumi.dev.yaml").write_bytes(content)
        answer = pulumi("config", "--json")
        if answer.returncode:
            assert "panic" not in answer.stderr
            return None
        return {key: entry["value"] for key, entry in json.loads(answer.stdout).items()}

    return read


def file_of(values):
    lines = [f"  gate:k{number}: {written}\n" for number, written in enumerate(values)]
    return ("config:\n" + "".join(lines)).encode()


def test_every_scalar_has_the_same_text(listed):
    found = listed(file_of(SCALARS))
    assert found == {f"gate:k{n}": text for n, text in enumerate(SCALARS.values())}


def test_every_structure_has_the_same_content(listed):
    found = listed(file_of(STRUCTURES))
    parsed = {key: json.loads(text) for key, text in found.items()}
    assert parsed == {f"gate:k{n}": content for n, content in enumerate(STRUCTURES.values())}


@pytest.mark.parametrize("written", REFUSED_VALUES)
def test_a_value_that_we_refuse_is_refused(listed, written):
    assert listed(file_of([written])) is None


@pytest.mark.parametrize("content", FILES)
def test_a_file_has_the_same_keys(listed, content):
    assert listed(content) == FILES[content]


@pytest.mark.parametrize("content", REFUSED_FILES)
def test_a_file_that_we_refuse_is_refused(listed, content):
    assert listed(content) is None


def declared(kinds):
    lines = []
    for number, kind in enumerate(kinds):
        items = ", items: {type: string}" if kind == "array" else ""
        lines.append(f"  k{number}: {{type: {kind}{items}}}\n")
    return PROJECT + "config:\n" + "".join(lines)


def test_the_program_gets_every_value_that_fits_its_type(pulumi, folder):
    pairs = [(kind, written) for kind in TYPES for written in TYPES[kind][0]]
    (folder / "Pulumi.yaml").write_text(declared(kind for kind, _ in pairs))
    (folder / "Pulumi.dev.yaml").write_bytes(file_of(written for _, written in pairs))
    preview = pulumi("preview")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    seen = json.loads((folder / "seen.json").read_text())
    for number, (_, written) in enumerate(pairs):
        if written in SCALARS:
            assert seen[f"gate:k{number}"] == SCALARS[written]


@pytest.mark.parametrize(("kind", "written"), [(k, w) for k in TYPES for w in TYPES[k][1]])
def test_a_value_of_another_type_is_refused(pulumi, folder, kind, written):
    (folder / "Pulumi.yaml").write_text(declared([kind]))
    (folder / "Pulumi.dev.yaml").write_bytes(file_of([written]))
    preview = pulumi("preview")
    assert preview.returncode != 0
    assert "must be of type" in preview.stderr
