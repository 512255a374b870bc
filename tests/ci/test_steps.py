"""The shell steps of the workflows run in a fresh clone, each with the expressions it is given."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.pki.laptop import ensure
from portcullis.settings.project import load_stack_config
from tests.ci.workflows import ROOT, Step, steps

LIMIT_SECONDS = 300
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
# What does not run here, and why.
LEFT_OUT = {
    "Test": "the suite would run itself",
    "Install the tool": "downloads the locked packages; tests/test_makefile.py covers the target",
    "Install the program's packages": "as above, and for another program from an index",
}
VALUES = {
    "inputs.stack": "dev",
    "inputs.project": ".",
    "inputs.policy-config": "",
    "inputs.aws-models": "true",
    "inputs.waivers": "policies/waivers.yaml",
    "matrix.stack": "dev",
    "vars.PULUMI_BACKEND_URL": "file:///nowhere",
    "vars.VERIFY_CERTIFICATE": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "vars.VERIFY_CALLS_PER_MINUTE": "60",
    "secrets.VERIFY_KEY": '-----BEGIN EXAMPLE KEY-----\n$(id) `id` "quoted"\n',
    "github.token": "token-of-the-job",
    "github.event.pull_request.number": "7",
}
# Notes the arguments, and the files that hold a client, before the step removes them.
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
for argument; do
    case "$argument" in
    *client.key) cat "$argument" > "$CALLS.key"; stat -c %a "$argument" >> "$CALLS.modes" ;;
    esac
done
case "$*" in
"stack export"*) for argument; do file=$argument; done; cp "$EXPORT" "$file" ;;
"stack output url"*) echo https://api.example.com ;;
"stack output defaultEndpoint"*) echo https://abc.execute-api.example.com/live ;;
*" verify "*) echo "96 as expected, 0 differ, 1 skipped" ;;
preview*) echo "Previewing update (dev): \\`\\`\\` @everyone"; exit "${PREVIEW_EXIT:-0}" ;;
esac
"""
PYTHON = """#!/bin/sh
case "$*" in *" verify "*) exec "{stub}" "$@" ;; *) exec "{python}" "$@" ;; esac
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """What a clone has: the files that git knows or would add, and a .venv that is set up."""
    clone = tmp_path_factory.mktemp("fresh") / "clone"
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    named = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, named.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    return clone


@pytest.fixture
def runner(fresh, tmp_path):
    """Runs a step as a runner does, with stubs for what would leave the machine."""
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    executable(stubs / "pulumi", STUB)
    executable(stubs / "portcullis-verify", STUB)
    python = fresh / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    executable(python, PYTHON.format(stub=stubs / "portcullis-verify", python=sys.executable))
    return Runner(fresh, tmp_path, stubs)


def executable(path, text):
    path.write_text(text)
    path.chmod(0o755)


class Runner:
    def __init__(self, clone: Path, temp: Path, stubs: Path) -> None:
        self.clone = clone
        self.temp = temp
        self.environment = {
            "PATH": f"{stubs}:{os.environ['PATH']}",
            "HOME": str(temp),
            "RUNNER_TEMP": str(temp / "runner"),
            "GITHUB_OUTPUT": str(temp / "output"),
            "GITHUB_STEP_SUMMARY": str(temp / "summary"),
            "GITHUB_ACTION_PATH": str(clone / ".github" / "actions" / "policies"),
            "CALLS": str(temp / "calls"),
            "EXPORT": str(temp / "export.json"),
        }
        (temp / "runner").mkdir()

    def run(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        step = next(step for step in shell_steps() if step.name == name)
        given = {key: evaluated(value) for key, value in step.content.get("env", {}).items()}
        script = self.temp / "step.sh"
        script.write_text(step.content["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.clone,
            env={**self.environment, **given, **more},
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    def calls(self) -> list[str]:
        return (self.temp / "calls").read_text().splitlines()


def shell_steps() -> list[Step]:
    return [step for step in steps() if "run" in step.content]


def evaluated(text: str) -> str:
    """The text with its expressions replaced; one that is not known here fails the test."""
    return EXPRESSION.sub(lambda match: VALUES[match[1]], str(text))


def test_every_shell_step_is_run_here_or_left_out_with_a_reason():
    named = {step.name for step in shell_steps()}
    assert "" not in named
    run = set(re.findall(r'runner\.run\(\s*"([^"]+)"', Path(__file__).read_text()))
    assert run == named - set(LEFT_OUT)
    assert set(LEFT_OUT) <= named


def test_the_policies_of_a_clone_are_judged(runner):
    ran = runner.run("Judge the program")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    folder = runner.temp / "runner" / "policies"
    assert (runner.temp / "output").read_text().splitlines() == [
        f"folder={folder}",
        f"sarif={folder}/policies.sarif",
    ]
    assert "0 mandatory" in (runner.temp / "summary").read_text()
    assert json.loads((folder / "policies.sarif").read_text())["version"] == "2.1.0"


def test_a_violation_fails_the_step_after_both_reports_are_written(runner):
    # The sample's waiver is needed in dev: without the file its violation stands.
    ran = runner.run("Judge the program", WAIVERS="")
    assert ran.returncode == 1
    folder = runner.temp / "runner" / "policies"
    assert "apigateway-backend-uses-https" in (folder / "policies.txt").read_text()
    (result, *_) = json.loads((folder / "policies.sarif").read_text())["runs"][0]["results"]
    assert result["level"] == "error"


def test_a_program_below_the_root_is_reported_with_paths_of_the_repository(runner):
    outside = runner.temp / "checkout"
    (outside / "infra").mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / "bootstrap" / name.replace("dev", "ci"), outside / "infra" / name)
    program = f"import pulumi_aws as aws\naws.iam.Role('open', assume_role_policy={trust('*')!r})\n"
    (outside / "infra" / "__main__.py").write_text(program)
    runner.clone, clone = outside, runner.clone
    ran = runner.run("Judge the program", PROJECT="infra", WAIVERS="", PYTHONPATH=str(clone))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    report = json.loads((runner.temp / "runner/policies/policies.sarif").read_text())
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in report["runs"][0]["results"]
    }
    assert "infra/__main__.py" in places


def test_a_step_without_a_stack_is_no_verdict(runner):
    ran = runner.run("Judge the program", STACK="")
    assert ran.returncode == 2
    assert ran.stderr.startswith("usage: ")


def test_a_missing_file_of_waivers_is_no_verdict(runner):
    ran = runner.run("Judge the program", WAIVERS="misspelt.yaml")
    assert ran.returncode == 2
    assert "no file of waivers misspelt.yaml" in ran.stderr
    assert "sarif=" not in (runner.temp / "output").read_text()


def test_a_program_that_cannot_be_judged_has_no_report_to_upload(runner):
    ran = runner.run("Judge the program", STACK="nowhere")
    assert ran.returncode == 2
    assert "There is no Pulumi.nowhere.yaml" in ran.stdout
    assert "sarif=" not in (runner.temp / "output").read_text()


@pytest.mark.parametrize("status", [0, 255])
def test_a_preview_keeps_its_plan_and_its_exit_code(runner, status):
    ran = runner.run("Preview with the policy pack", PREVIEW_EXIT=str(status))
    assert ran.returncode == status
    assert (runner.temp / "runner/plan/plan.txt").read_text().startswith("Previewing update")
    assert runner.calls() == [
        "pulumi preview --stack dev --policy-pack policies --diff --non-interactive --color never"
    ]


def test_a_deploy_judges_the_state_it_leaves(runner):
    write_export(runner, {"Service": "lambda.amazonaws.com"})
    ran = runner.run("Deploy, then judge the state")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    up, export = runner.calls()
    assert up == (
        "pulumi up --stack dev --policy-pack policies --yes --non-interactive --color never"
    )
    assert export.startswith("pulumi stack export --stack dev --file ")
    assert not Path(export.split()[-1]).exists()


def test_drift_is_a_difference_between_aws_state_and_program(runner):
    assert runner.run("Drift").returncode == 0
    (call,) = runner.calls()
    assert "--refresh --expect-no-changes" in call
    assert runner.run("Drift", PREVIEW_EXIT="255").returncode == 255


def test_the_state_is_judged_and_a_violation_in_it_fails(runner):
    write_export(runner, "*")
    ran = runner.run("Policies on the state")
    assert ran.returncode == 1
    assert "iam-role-trusts-named-principals" in ran.stdout


def test_the_gates_are_attacked_with_a_client_that_leaves_no_trace(runner):
    ran = runner.run("Attack the gates")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    *_, verify = runner.calls()
    assert "--target https://api.example.com" in verify
    assert "--default-endpoint https://abc.execute-api.example.com/live" in verify
    assert "--calls-per-minute 60" in verify
    assert (runner.temp / "calls.key").read_text() == VALUES["secrets.VERIFY_KEY"] + "\n"
    assert (runner.temp / "calls.modes").read_text() == "600\n"
    key = re.search(r"--key (\S+)", verify)[1]
    assert not Path(key).exists()
    assert "EXAMPLE KEY" not in ran.stdout + ran.stderr


def test_without_a_client_the_attack_is_skipped_in_one_line(runner):
    ran = runner.run("Attack the gates", VERIFY_KEY="")
    assert (ran.returncode, len(ran.stdout.splitlines())) == (0, 1)
    assert ran.stdout.startswith("skipped: ")
    assert not (runner.temp / "calls").exists()


def test_the_comment_is_sent_to_the_runners_server(runner, monkeypatch):
    reports = runner.clone / "reports" / "plan-dev"
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "plan.txt").write_text("a plan")
    ran = runner.run(
        "Write or update the comment",
        GITHUB_REPOSITORY="example/portcullis",
        GITHUB_API_URL="http://127.0.0.1:9",  # discard: tests/ci/test_comment.py has a server
    )
    shutil.rmtree(runner.clone / "reports")
    assert ran.returncode == 1
    assert "Connection refused" in ran.stderr
    assert "token-of-the-job" not in ran.stdout + ran.stderr


def trust(principal):
    """A trust policy; a role for every principal is refused in every stack."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def write_export(runner, principal):
    """A state of another project, to which no waiver applies."""
    stack = {
        "urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev",
        "type": "pulumi:pulumi:Stack",
        "outputs": {},
    }
    facts = {"name": "orders", "assumeRolePolicy": trust(principal)}
    role = {
        "urn": "urn:pulumi:dev::shop::aws:iam/role:Role::orders",
        "type": "aws:iam/role:Role",
        "custom": True,
        "id": "orders",
        "inputs": facts,
        "outputs": facts,
    }
    state = {"version": 3, "deployment": {"resources": [stack, role]}}
    (runner.temp / "export.json").write_text(json.dumps(state))


@pytest.mark.engine
@pytest.mark.skipif(
    shutil.which("pulumi") is None,
    reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
)
def test_the_real_cli_takes_what_the_scripts_ask_of_it(fresh, tmp_path):
    (fresh / ".venv").exists() and shutil.rmtree(fresh / ".venv")
    (fresh / ".venv").symlink_to(ROOT / ".venv")
    ensure(fresh / ".portcullis" / "pki", hosts=["localhost"], clients={})
    config = load_stack_config(fresh, "local")
    workspace = EngineWorkspace(tmp_path / "engine")
    workspace.make()
    environment = workspace.environment(config)

    def run(*command):
        return subprocess.run(
            command,
            cwd=fresh,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    try:
        assert run("pulumi", "stack", "init", "local", "--non-interactive").returncode == 0
        preview = run(".ci/preview", "local", str(tmp_path / "plan"))
        assert preview.returncode == 0, preview.stdout + preview.stderr
        assert "portcullis" in (tmp_path / "plan" / "plan.txt").read_text()
        early = run(".ci/nightly", "drift", "local")
        assert early.returncode != 0
        deploy = run(".ci/deploy", "local")
        assert deploy.returncode == 0, deploy.stdout + deploy.stderr
        assert "0 mandatory" in deploy.stdout
        drift = run(".ci/nightly", "drift", "local")
        assert drift.returncode == 0, drift.stdout + drift.stderr
    finally:
        (fresh / ".venv").unlink()
