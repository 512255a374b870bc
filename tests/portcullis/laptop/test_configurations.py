"""The attack matrix follows the settings: with no valid configuration does a case differ.

``make test`` runs one that combines several. With PORTCULLIS_CONFIGURATIONS=all in the environment
all of them are run; docs/guide/attack-matrix.md has the command.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.portcullis.laptop.configurations import CONFIGURATIONS, REPRESENTATIVE
from tests.portcullis.laptop.running import ROOT

pytestmark = pytest.mark.laptop

CHOSEN = (
    tuple(CONFIGURATIONS)
    if os.environ.get("PORTCULLIS_CONFIGURATIONS") == "all"
    else REPRESENTATIVE
)


@pytest.mark.parametrize("name", CHOSEN)
def test_no_case_differs_and_each_skip_has_its_reason(name, tmp_path):
    configuration = CONFIGURATIONS[name]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "portcullis", "up", "--verify", "--json"),
            *("--state-dir", str(tmp_path), "--engine", "in-process", "--port", "0"),
            *("--default-endpoint-port", "0", "--backend-port", "0"),
            *("--inspector-port", "0"),
            *configuration.options(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert "\n{" in done.stdout, done.stderr
    report = json.loads(done.stdout.partition("\n")[2])
    differing = [
        (case["name"], case["seen"], case["reason"])
        for case in report["cases"]
        if case["verdict"] == "failed"
    ]
    skipped = {case["reason"] for case in report["cases"] if case["verdict"] == "skipped"}
    print(  # noqa: T201 - the table that this test shows
        f"\n{name}: {report['passed']} as expected, {report['failed']} differ, "
        f"{report['skipped']} skipped {sorted(skipped)}; {report['layers']}"
    )
    assert differing == []
    assert done.returncode == 0
    assert all(any(word in reason for word in configuration.skips) for reason in skipped)
    assert report["passed"] >= 40
