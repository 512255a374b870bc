"""The scripts of CI refuse wrong arguments and a missing CLI in one line, with exit code 2."""

import shutil
import subprocess

import pytest

from tests.ci.workflows import ROOT

SCRIPTS = {
    "preview": ("dev", "plan"),
    "deploy": ("dev",),
    "nightly": ("state", "dev"),
}


def run(script, *arguments, path):
    done = subprocess.run(
        [shutil.which("bash"), ROOT / ".ci" / script, *arguments],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(("script", "arguments"), SCRIPTS.items())
@pytest.mark.parametrize("surplus", [(), ("more",)])
def test_a_wrong_number_of_arguments_is_misuse(tmp_path, script, arguments, surplus):
    given = (*arguments, *surplus) if surplus else arguments[1:]
    code, (line,) = run(script, *given, path=tmp_path)
    assert code == 2
    assert line.startswith(f"usage: .ci/{script} ")


@pytest.mark.parametrize(("script", "arguments"), SCRIPTS.items())
def test_a_missing_cli_is_named(tmp_path, script, arguments):
    code, (line,) = run(script, *arguments, path=tmp_path)
    assert code == 2
    assert line.startswith("error: no pulumi CLI on PATH; install it: ")
