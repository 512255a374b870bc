"""`portcullis policies` judges a project or an export, and its exit code says how it went."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portcullis.cli.policies import app
from portcullis.errors import MisuseError, PortcullisError

PACK = Path(__file__).parents[3] / "policies"
OPEN = """
import pulumi_aws as aws

aws.apigateway.RestApi("api", endpoint_configuration={"types": "REGIONAL"})
"""
CLOSED = OPEN.replace(
    '"api", ', '"api", disable_execute_api_endpoint=pulumi.Config().require_bool("closed"), '
).replace("import pulumi_aws", "import pulumi\nimport pulumi_aws")
RULE = "apigateway-api-disables-default-endpoint"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  shop:closed: true\n")
    (tmp_path / "Pulumi.open.yaml").write_text("config:\n  shop:closed: false\n")
    (tmp_path / "__main__.py").write_text(textwrap.dedent(CLOSED))
    shutil.copytree(
        PACK, tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__", "waivers.yaml")
    )
    # The program has no domain, so nothing else puts its API in scope.
    (tmp_path / "policies" / "configuration.yaml").write_text(
        "scope: {widen: [{reason: Every API is a partner API., owner: tests}]}\n"
    )
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def export(tmp_path, *, closed):
    root = "urn:pulumi:live::shop::pulumi:pulumi:Stack::shop-live"
    inputs = {"endpointConfiguration": {"types": "REGIONAL"}, "disableExecuteApiEndpoint": closed}
    document = {
        "version": 3,
        "deployment": {
            "resources": [
                {"urn": root, "type": "pulumi:pulumi:Stack", "custom": False},
                {
                    "urn": "urn:pulumi:live::shop::aws:apigateway/restApi:RestApi::api",
                    "type": "aws:apigateway/restApi:RestApi",
                    "custom": True,
                    "id": "abc123",
                    "parent": root,
                    "inputs": {"__defaults": ["name"], **inputs},
                    "outputs": {"id": "abc123", **inputs},
                },
            ]
        },
    }
    path = tmp_path / "state.json"
    path.write_text(json.dumps(document))
    return path


def test_a_clean_stack_exits_0_and_lists_the_rules_if_asked(project):
    result = run("check", "--project", project)
    assert result.exit_code == 0, result.output
    assert RULE not in result.output
    assert "0 mandatory and 0 advisory violations" in result.output
    assert f"  {RULE}  " in run("check", "--project", project, "--verbose").output


def test_a_violation_exits_1_and_points_at_the_program(project):
    result = run("check", "--project", project, "--stack", "open")
    assert result.exit_code == 1
    assert f"violated: {RULE} (mandatory, critical)" in result.output
    assert "api  __main__.py:5" in result.output


def test_a_setting_can_be_overridden(project):
    result = run("check", "--project", project, "--config", "shop:closed=false")
    assert result.exit_code == 1


def test_reports_go_to_files_one_of_them_as_sarif(project, tmp_path):
    sarif, junit = tmp_path / "report.sarif", tmp_path / "report.xml"
    result = run(
        *("check", "--project", project, "--stack", "open", "--sarif", sarif),
        *("--format", "junit", "--output", junit),
    )
    assert result.exit_code == 1
    assert result.output == ""
    (found,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert found["ruleId"] == RULE
    assert junit.read_text().startswith("<?xml")


@pytest.mark.parametrize(("closed", "code"), [(True, 0), (False, 1)], ids=["closed", "open"])
def test_an_export_is_judged_like_a_program(project, tmp_path, closed, code):
    result = run(
        "check",
        "--project",
        project,
        "--state",
        export(tmp_path, closed=closed),
        "--format",
        "json",
    )
    assert result.exit_code == code, result.output
    report = json.loads(result.output)
    assert report["subject"] == {"project": "shop", "stack": "live", "semantics": "state"}
    assert report["summary"]["mandatory"] == code


def faulty_export(tmp_path):
    """A stack that the pack has nothing against, with a name that AWS refuses."""
    document = json.loads(export(tmp_path, closed=True).read_text())
    (resource,) = [r for r in document["deployment"]["resources"] if r["urn"].endswith("::api")]
    resource["inputs"]["apiKeySource"] = "COOKIE"
    path = tmp_path / "faulty.json"
    path.write_text(json.dumps(document))
    return path


def test_what_aws_models_refuse_fails_the_check(project, tmp_path):
    result = run("check", "--project", project, "--state", faulty_export(tmp_path))
    assert result.exit_code == 1
    assert "refused by AWS: apigateway:CreateRestApi apiKeySource (enum)" in result.output


def test_aws_models_can_be_left_out(project, tmp_path):
    state = faulty_export(tmp_path)
    result = run("check", "--project", project, "--state", state, "--no-aws-models")
    assert result.exit_code == 0
    assert "AWS models" not in result.output


def test_levels_come_from_a_policy_config_file(project, tmp_path):
    config = tmp_path / "levels.yaml"
    config.write_text(f"{RULE}: advisory\n")
    result = run("check", "--project", project, "--stack", "open", "--policy-config", config)
    assert result.exit_code == 0
    assert f"advised: {RULE}" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stack", "open", "--state", "x"], "--state already selects a stack"),
        (["--config", "closed"], "must be KEY=VALUE"),
        (["--stack", "nowhere"], "There is no Pulumi.nowhere.yaml"),
        (["--state", "nowhere.json"], "cannot be read"),
        (["--policy-config", "nowhere.json"], "cannot be read"),
        (["--policy-config", "Pulumi.yaml"], "this pack has no such rule"),
        (["--policy-pack", "nowhere"], "not a policy pack"),
        (["--output", "nowhere/report"], "cannot be written"),
    ],
    ids=["both", "setting", "stack", "state", "config file", "config", "pack", "output"],
)
def test_a_request_that_makes_no_sense_is_misuse(project, monkeypatch, arguments, says):
    monkeypatch.chdir(project)
    result = run("check", *arguments)
    assert isinstance(result.exception, MisuseError), result.output
    assert says in str(result.exception)


def test_misuse_exits_2_with_one_line(project):
    command = [sys.executable, "-m", "portcullis", "policies", "check", "--stack", "nowhere"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("error: There is no Pulumi.nowhere.yaml")
    assert "Traceback" not in run.stderr


FAILING = "raise ValueError('no such region')"
REMOTE = """
import pulumi
import pulumi_aws as aws

pulumi.ComponentResource("awsx:ec2:Vpc", "vpc", {}, remote=True)
"""
READING = """
import pulumi_aws as aws

aws.s3.BucketObjectv2("o", bucket="b", key="k", content=aws.ec2.get_ami(owners=["amazon"]).id)
"""
UNMAPPED = """
import pulumi_aws as aws

aws.ec2.Instance("i", ami="ami-1", instance_type="t4g.nano")
"""


def exit_code_of(project, program, *arguments):
    (project / "__main__.py").write_text(program)
    result = run("check", "--project", project, *arguments)
    if isinstance(result.exception, PortcullisError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_a_program_that_fails_was_not_judged(project):
    code, output = exit_code_of(project, FAILING)
    assert code == 2
    assert "The program of stack 'local' failed:" in output
    assert "ValueError: no such region" in output
    assert "run_program.py" not in output


def test_a_program_with_lookups_is_judged(project):
    code, output = exit_code_of(project, READING)
    assert code == 0, output


@pytest.mark.parametrize(
    ("addition", "code"), [("", 2), (OPEN, 1)], ids=["nothing else", "a violation"]
)
def test_a_remote_component_needs_the_engine_unless_the_rest_is_refused(project, addition, code):
    levels = project / "levels.yaml"  # the pack refuses awsx by itself
    levels.write_text("pulumi-resource-is-readable: disabled\n")
    exit_code, output = exit_code_of(project, REMOTE + addition, "--policy-config", str(levels))
    assert exit_code == code, output
    assert ("Run: portcullis policies check --engine" in output) is (code == 2)


def test_a_type_that_no_model_describes_is_named_and_does_not_fail(project):
    code, output = exit_code_of(project, UNMAPPED)
    assert code == 0, output
    assert "AWS's models do not describe aws:ec2/instance:Instance" in output


def test_the_engine_is_needed_for_the_engine(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project))
    result = run("check", "--project", project, "--engine")
    assert isinstance(result.exception, MisuseError)
    assert "needs the `pulumi` CLI" in str(result.exception)


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` CLI on PATH")
def test_the_engine_gives_the_verdict_of_the_harness(project):
    (project / "__main__.py").write_text(OPEN + READING)
    (project / "policies" / "waivers.yaml").unlink(missing_ok=True)
    result = run("check", "--project", project, "--stack", "open", "--engine")
    assert result.exit_code == 1, result.output
    assert f"violated: {RULE} (mandatory, critical)" in result.output
    assert "api  __main__.py:4" in result.output


IN_YAML = """
name: shop
runtime: yaml
resources:
  other:
    type: pulumi:pulumi:StackReference
    properties: {name: organization/network/prod}
  api:
    type: aws:apigateway:RestApi
    properties:
      description: ${other.outputs["text"]}
      endpointConfiguration: {types: REGIONAL}
"""


@pytest.mark.engine
@pytest.mark.skipif(
    shutil.which("pulumi-language-yaml") is None, reason="no `pulumi-language-yaml` on PATH"
)
def test_the_engine_takes_yaml_and_a_reference_to_another_stack(project):
    (project / "Pulumi.yaml").write_text(IN_YAML)
    (project / "Pulumi.open.yaml").write_text("config: {}\n")
    result = run("check", "--project", project, "--stack", "open", "--engine")
    assert result.exit_code == 1, result.output
    assert f"violated: {RULE} (mandatory, critical)" in result.output
    assert "1 mandatory" in result.output


def test_the_proof_of_a_small_stack_kills_all_mutants(project, tmp_path):
    target = tmp_path / "proof.json"
    result = run("prove", "--project", project, "--format", "json", "--output", target)
    assert result.exit_code == 0, result.output
    proof = json.loads(target.read_text())
    assert proof["survivors"] == 0
    assert len(proof["mutants"]) > 10


def test_a_survivor_exits_1(project):
    """A rule taken out of the pack leaves a hole, and the proof falls through it."""
    module = RULE.replace("-", "_")
    (project / "policies" / "rules" / f"{module}.py").unlink()
    result = run("prove", "--project", project)
    assert result.exit_code == 1
    assert "SURVIVED api: disableExecuteApiEndpoint = False" in result.output
