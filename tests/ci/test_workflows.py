"""The workflows match GitHub's schema, grant each job the least, and pin what they use."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.ci.workflows import ACTIONS, ROOT, WORKFLOWS, document, jobs, steps

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
OF_THIS_REPOSITORY = re.compile(r"\$/(.+)")
ZIZMOR = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
GITLAB = ROOT / "docs" / "operations" / "gitlab-ci.yml"
# The only rights beyond reading the code.
WRITES = {
    ("pull-request.yml", "policies", "security-events"),
    ("pull-request.yml", "preview", "id-token"),
    ("pull-request.yml", "comment", "pull-requests"),
    ("nightly.yml", "stack", "id-token"),
    ("deploy.yml", "dev", "id-token"),
    ("deploy.yml", "staging", "id-token"),
    ("deploy.yml", "prod", "id-token"),
}


@pytest.mark.skipif(
    find_spec("check_jsonschema") is None, reason="check-jsonschema is not installed"
)
@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("vendor.github-workflows", path) for path in WORKFLOWS),
        *(("vendor.github-actions", path) for path in ACTIONS),
        ("vendor.dependabot", ROOT / ".github" / "dependabot.yml"),
        ("vendor.gitlab-ci", GITLAB),
    ],
    ids=lambda value: str(value.relative_to(ROOT)) if isinstance(value, Path) else "",
)
def test_every_file_matches_the_public_schema(schema, path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor is not installed")
def test_zizmor_has_nothing_to_report():
    command = [ZIZMOR, "--offline", "--no-progress", "--persona", "pedantic", ".github"]
    audit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_every_action_is_pinned_by_its_commit_or_is_our_own():
    for step in steps():
        uses = step.content.get("uses")
        if uses is None:
            continue
        own = OF_THIS_REPOSITORY.fullmatch(uses)
        if own:
            assert (ROOT / own[1] / "action.yml").exists(), step.where
        else:
            assert PINNED.fullmatch(uses), f"{step.where}: {uses}"


def test_one_action_has_one_version_everywhere():
    used = {}
    for step in steps():
        name, _, commit = step.content.get("uses", "").partition("@")
        if commit:
            used.setdefault(name, set()).add(commit)
    assert [name for name, commits in used.items() if len(commits) > 1] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_rights_and_each_job_the_least(path):
    assert document(path)["permissions"] == {}
    for name, job in jobs(path).items():
        granted = job["permissions"]
        assert granted.pop("contents") == "read"
        writes = {(path.name, name, scope) for scope in granted}
        assert writes == {entry for entry in WRITES if entry[:2] == (path.name, name)}
        assert job["timeout-minutes"] <= 120


def test_no_workflow_runs_code_of_a_fork_with_rights_of_the_repository():
    for path in WORKFLOWS:
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(
            document(path)["on"]
        )
    for name, job in jobs(ROOT / ".github" / "workflows" / "pull-request.yml").items():
        rights = set(job["permissions"]) - {"contents"}
        if rights - {"security-events"}:  # a fork's token cannot have that one either
            assert "head.repo.full_name == github.repository" in job["if"], name


def test_no_expression_stands_in_a_shell_script():
    assert [step.where for step in steps() if "${{" in step.content.get("run", "")] == []


def test_no_checkout_leaves_its_token_on_disk():
    checkouts = [s for s in steps() if s.content.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) >= len(WORKFLOWS)
    for step in checkouts:
        assert step.content["with"]["persist-credentials"] is False, step.where


def test_a_secret_reaches_one_step_of_a_job_with_an_environment():
    for path in WORKFLOWS:
        for job in jobs(path).values():
            outside = {key: value for key, value in job.items() if key != "steps"}
            assert "secrets." not in str(outside)
            if "secrets." in str(job["steps"]):
                assert job["environment"]


def test_stacks_are_deployed_one_after_the_other_and_each_once_at_a_time():
    deploy = jobs(ROOT / ".github" / "workflows" / "deploy.yml")
    assert [(name, job.get("needs")) for name, job in deploy.items()] == [
        ("dev", None),
        ("staging", "dev"),
        ("prod", "staging"),
    ]
    for name, job in deploy.items():
        assert job["environment"] == name
        assert job["concurrency"] == {"group": f"deploy-{name}", "cancel-in-progress": False}
        assert (ROOT / f"Pulumi.{name}.yaml").exists()


def test_the_pulumi_cli_has_the_version_of_the_sdk():
    (install,) = [s for s in steps() if s.content.get("uses", "").startswith("pulumi/actions@")]
    locked = re.search(
        r"^pulumi==(\S+)", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE
    )
    assert install.content["with"]["pulumi-version"] == locked[1]
