"""`portcullis up` through a real `pulumi up`: same answers, a state that is reused, refusals.

Slow, because each start and redeploy is a whole `pulumi up`: CLI, program, policy pack and plugin
start, for a preview and an update.
"""

import json
import shutil
import stat
import subprocess
import sys

import pytest

from tests.portcullis.guards import without
from tests.portcullis.laptop.running import ROOT, running
from tests.portcullis.laptop.steady import redeploy

LIMIT_SECONDS = 600

pytestmark = [
    pytest.mark.laptop,
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def laptop(state):
    with running(state, engine="auto") as started:
        yield started


def commands(state):
    """The CLI's commands of this state so far, and what it printed for the last one of each."""
    log = (state / "log" / "engine.log").read_text()
    return {part.split()[1]: part for part in log.split("\n$ ") if part.strip()}


def test_every_case_of_the_attack_matrix_is_as_expected(laptop):
    run = subprocess.run(
        [sys.executable, "-m", "portcullis", "verify", "--json", "--state-dir", laptop.state],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    report = json.loads(run.stdout)
    assert [c for c in report["cases"] if c["verdict"] == "failed"] == []
    assert run.returncode == 0
    assert report["passed"] >= 60


def test_a_redeploy_updates_the_state_of_the_engine(laptop):
    before = commands(laptop.state)["up"]
    redeploy(laptop.ready, authorizerCacheSeconds="1")
    after = commands(laptop.state)["up"]
    assert after != before
    assert " updated" in after
    assert laptop.call("pet-shop")[0] == 200


def test_no_file_holds_a_private_key_and_the_passphrase_is_in_one_private_file(laptop):
    engine = laptop.state / "engine"
    passphrase = engine / "passphrase"
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    written = [p for folder in (engine, laptop.state / "log") for p in folder.rglob("*")]
    for path in written:
        if path.is_file() and path != passphrase:
            content = path.read_bytes()
            assert b"PRIVATE KEY" not in content, path
            assert passphrase.read_bytes() not in content, path


def test_a_second_start_reuses_the_state_with_a_new_key(laptop, state):
    # The last one of this laptop: its emulator ends with it, and the signing key with that.
    laptop.stop()
    with running(state, engine="pulumi") as again:
        assert again.call("pet-shop")[0] == 200
        assert again.call("stranger")[0] == 403
    up = commands(state)["up"]
    assert " unchanged" in up
    assert "63 created" not in up


def test_a_program_without_a_gate_ends_the_run_before_anything_listens(project):
    rule = without(project, "web ACL")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--json", "--project", str(project)),
            *("--port", "0", "--default-endpoint-port", "0", "--backend-port", "0"),
            *("--inspector-port", "0"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    # The program checks itself while it runs, so the CLI never reaches its own policy check.
    assert "The policy pack portcullis refuses stack local" in run.stderr
    assert rule in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert not (project / ".portcullis" / "run" / "ready.json").exists()


def test_a_program_that_fails_is_one_line_and_the_engines_own(project):
    program = project / "__main__.py"
    program.write_text(program.read_text() + '\nraise ValueError("no such pet")\n')
    run = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--json", "--project", str(project)),
            *("--port", "0", "--default-endpoint-port", "0", "--backend-port", "0"),
            *("--inspector-port", "0"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert run.returncode == 1
    assert "`pulumi up` failed for stack local" in run.stderr
    assert "ValueError: no such pet" in run.stderr
    assert "Traceback" not in run.stderr
