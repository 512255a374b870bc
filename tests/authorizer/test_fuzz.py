"""Inputs that a fuzzer found worth keeping are refused, and the fuzzer finds none that is not.

`corpus/` was grown by fuzz_authorizer.py and cut down with libFuzzer's ``-merge=1``; some inputs
were made by hand, for what chance hardly finds. The bytes are choices, see `hostile.GivenChoices`:
they hold no certificate and no key, and mean something else once hostile.py offers other choices.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from authorizer.reasons import Reason
from tests.authorizer.hostile import GivenChoices, check, hostile_bench

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
SEEDS = sorted(CORPUS.iterdir())
INPUTS = int(os.environ.get("PORTCULLIS_FUZZ_INPUTS", "20000"))
FEWEST_INPUTS = 5_000  # on a machine that is busy with other things
SECONDS = 600  # of a machine that is busy; it takes 3

# These need a good certificate, a revocation, or something of our own that is broken.
OUT_OF_REACH = {
    Reason.OK,
    Reason.NO_SCOPE,
    Reason.MISSING_SCOPE,
    Reason.REVOKED,
    Reason.REVOCATION_UNKNOWN,
    Reason.POLICY_FAILED,
    Reason.SIGNING_FAILED,
    Reason.INTERNAL_ERROR,
}

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris has no wheel for this Python and machine",
)

# A certificate may then be for servers only, and one of those bears a registered name.
PLANTED = """
from authorizer import certificate
certificate._usage_fault = lambda extensions: ""
from tests.authorizer.fuzz_authorizer import main
main()
"""


def fuzz(tmp_path, *program, seeds):
    """Run the target on copies of these seeds, each time in the same way."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for seed in seeds:
        shutil.copy(seed, corpus)
    return subprocess.run(
        [
            sys.executable,
            *program,
            f"-runs={INPUTS}",
            f"-max_total_time={SECONDS}",
            "-seed=20261122",
            "-max_len=96",
            f"-artifact_prefix={tmp_path}/",
            str(corpus),
        ],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def reason_of(seed):
    """Why the authorizer refuses this input; `check` fails where it does not."""
    bench = hostile_bench()
    check(bench, GivenChoices(seed.read_bytes()))
    return bench.lines[-1]["reason"]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name[:8])
def test_a_kept_input_is_refused(seed):
    assert reason_of(seed)


def test_the_kept_inputs_reach_every_reason_that_an_input_can_reach():
    reachable = {str(reason) for reason in Reason if reason not in OUT_OF_REACH}
    assert {reason_of(seed) for seed in SEEDS} == reachable


def test_the_kept_inputs_are_few_and_small():
    assert len(SEEDS) < 300
    assert sum(seed.stat().st_size for seed in SEEDS) < 200_000


@needs_atheris
def test_the_fuzzer_finds_no_input_that_surprises(tmp_path):
    done = fuzz(tmp_path, HERE / "fuzz_authorizer.py", seeds=SEEDS)
    assert done.returncode == 0, done.stderr[-4000:]
    (runs,) = re.findall(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    assert int(runs) >= FEWEST_INPUTS


@needs_atheris
def test_the_fuzzer_finds_a_planted_fault_without_any_seed(tmp_path):
    program = tmp_path / "planted.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(HERE.parents[1])!r})\n{PLANTED}")
    done = fuzz(tmp_path, program, seeds=[])
    assert done.returncode != 0
    assert "AssertionError" in done.stderr + done.stdout
    assert list(tmp_path.glob("crash-*"))
