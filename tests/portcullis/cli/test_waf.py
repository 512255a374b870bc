"""`portcullis waf` as it is typed."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portcullis.cli.waf import app
from portcullis.gateway.waf.libinjection import injection_matches
from tests.portcullis.waf_trials.test_replay import line
from tests.portcullis.waf_trials.test_run import truststore  # noqa: F401 - a fixture

PROJECT = Path(__file__).parents[3]
GUIDE = PROJECT / "docs" / "guide" / "web-acl.md"


@pytest.fixture
def waf(truststore):  # noqa: F811
    settled = ("--project", str(PROJECT), "--config", f"truststoreFile={truststore}")

    def run(*arguments):
        result = CliRunner().invoke(app, [*map(str, arguments), *settled])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_the_trials_of_the_guide_are_as_expected(waf, tmp_path):
    (block,) = re.findall(r"```yaml\n(# waf.yaml.*?)```", GUIDE.read_text(), re.DOTALL)
    file = tmp_path / "waf.yaml"
    file.write_text(block)
    result = waf("test", file)
    assert "5 as expected, 0 differ" in result.stdout
    assert f"injection matches: {injection_matches()}" in " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert waf("test", file, "--complete").exit_code == 1  # no trial for two groups


def test_a_trial_that_differs_is_exit_1(waf, tmp_path):
    (tmp_path / "t.yaml").write_text("trials: [{name: a, expect: rate-limit}]")
    result = waf("test", tmp_path / "t.yaml", "--json")
    report = json.loads(result.stdout)
    (trial,) = report["trials"]
    assert report["injectionMatches"] == injection_matches()
    assert (trial["seen"], trial["asExpected"], result.exit_code) == ("allow", False, 1)


def test_a_changed_setting_is_seen_in_the_replay(waf, tmp_path):
    log = tmp_path / "waf.jsonl"
    log.write_text(json.dumps(line(uri="/orders\x1b[2J")))  # of a caller: not for the terminal
    assert "1 as before, 0 change" in waf("replay", log).stdout
    result = waf("replay", log, "--config", 'allowedCidrs=["203.0.113.0/24"]')
    assert "now blocked 1 by not-in-allow-list\n  127.0.0.1 GET /orders\\x1b[2J" in result.stdout
    assert result.exit_code == 1


def test_the_printed_example_is_complete(waf, tmp_path):
    file = tmp_path / "waf.yaml"
    file.write_text(waf("example").stdout)
    assert waf("test", file, "--complete").exit_code == 0


def test_what_differs_is_said_in_one_line(waf, tmp_path):
    (tmp_path / "t.yaml").write_text("trials: [{name: '[a] call', expect: rate-limit}]")
    result = waf("test", tmp_path / "t.yaml", "--complete")
    assert "DIFFERS  [a] call: expected rate-limit, seen allow (t.yaml:1)" in result.stdout
    assert "--complete: a rule above has no hit or no miss." in result.stderr
