"""Each example is accepted by the policy pack: in process, and under the real engine.

The engine's tests need its CLI, and the language host of the example, on PATH.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from portcullis.graph.engine_workspace import EngineWorkspace
from tests.examples.conftest import ROOT

IN_PYTHON = ("python", "existing-api")
HOSTS = {"yaml": "pulumi-language-yaml", "typescript": "pulumi-language-nodejs"}
LIMIT_SECONDS = 600
PACK = str(ROOT / "policies")


def run(*command, cwd, **options):
    return subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
        **options,
    )


def judged(folder, package):
    """`portcullis policies check` of a program that imports the package of the wheel."""
    command = (sys.executable, "-m", "portcullis", "policies", "check", "--policy-pack", PACK)
    environment = {**os.environ, "PYTHONPATH": str(package)}
    options = ("--stack", "dev", "--project", str(folder))
    return run(*command, *options, cwd=ROOT, env=environment)


@pytest.mark.parametrize("name", IN_PYTHON)
def test_an_example_in_python_is_accepted_in_process(examples, installed, name):
    report = judged(examples / name, installed)
    assert report.returncode == 0, report.stdout + report.stderr
    assert "0 mandatory and 0 advisory violations, 0 waived" in report.stdout
    assert "0 findings" in report.stdout


@pytest.mark.parametrize("name", IN_PYTHON)
def test_the_pack_refuses_an_example_without_a_gate(examples, installed, name, tmp_path):
    changed = tmp_path / "installed"
    shutil.copytree(installed, changed)
    component = changed / "portcullis_gates" / "components" / "mtls_domain.py"
    whole = component.read_text()
    assert "mutual_tls_authentication=" in whole
    component.write_text(whole.replace("mutual_tls_authentication=", "tags=None and "))
    report = judged(examples / name, changed)
    assert report.returncode == 1, report.stdout + report.stderr
    assert "apigateway-domain-requires-mtls" in report.stdout


def test_the_unit_test_with_mocks_passes(examples, installed):
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_orders.py")
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    result = run(*command, cwd=examples / "python", env=environment)
    assert result.returncode == 0, result.stdout + result.stderr


@dataclass(frozen=True)
class Account:
    """What the stand-in answers for."""

    region: str = "eu-central-1"
    account_id: str = "111122223333"


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"no `{program}` on PATH; https://www.pulumi.com/docs/install/")


@pytest.fixture(scope="session")
def pulumi(tmp_path_factory, installed):
    """Runs `pulumi` in a folder, with the stand-in as its provider."""
    need("pulumi")
    workspace = EngineWorkspace(tmp_path_factory.mktemp("engine"))
    workspace.make()
    environment = {**workspace.environment(Account()), "PYTHONPATH": str(installed)}

    def execute(folder, *arguments):
        command = ("pulumi", *arguments, "--non-interactive", "--color", "never")
        return run(*command, cwd=folder, env=environment)

    return execute


def preview(pulumi, folder, *options):
    made = pulumi(folder, "stack", "init", "dev")
    assert made.returncode == 0 or "already exists" in made.stderr, made.stderr
    return pulumi(folder, "preview", "--stack", "dev", *options)


def accepted(pulumi, folder):
    previewed = preview(pulumi, folder, "--policy-pack", PACK)
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    assert "portcullis@v" in previewed.stdout
    assert "[mandatory]" not in previewed.stdout
    assert "aws:apigateway:BasePathMapping" in previewed.stdout


@pytest.mark.engine
@pytest.mark.parametrize("name", IN_PYTHON)
def test_an_example_in_python_previews_with_the_pack(pulumi, examples, name):
    if not (examples / name / "venv").exists():
        (examples / name / "venv").symlink_to(ROOT / ".venv")
    accepted(pulumi, examples / name)


@pytest.mark.engine
def test_the_example_in_yaml_previews_with_the_pack(pulumi, examples):
    need(HOSTS["yaml"])
    accepted(pulumi, examples / "yaml")


@pytest.mark.engine
def test_the_example_in_typescript_previews_with_the_pack(pulumi, examples):
    need(HOSTS["typescript"], "node", "npm")
    folder = examples / "typescript"
    schema = str(ROOT / "components" / "schema.json")
    generated = pulumi(
        folder, "package", "gen-sdk", schema, "--language", "nodejs", "--local", "--out", "made"
    )
    assert generated.returncode == 0, generated.stderr
    (folder / "sdks").mkdir()
    (folder / "made" / "nodejs").rename(folder / "sdks" / "portcullis")
    fetched = run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", cwd=folder)
    if fetched.returncode != 0:
        pytest.skip(f"npm install failed: {fetched.stderr.strip().splitlines()[-1]}")
    compiled = run("npx", "--no-install", "tsc", "--noEmit", cwd=folder)
    assert compiled.returncode == 0, compiled.stdout
    accepted(pulumi, folder)


@pytest.fixture
def in_yaml(examples, tmp_path):
    """A program in YAML; the component package stands where the examples expect it."""
    need(HOSTS["yaml"])
    for name in ("components", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(examples, tmp_path / "examples", symlinks=True)
    folder = tmp_path / "examples" / "yaml"

    def write(**changes):
        program = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        program["resources"]["orders"]["properties"] |= changes
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
        return folder

    return write


@pytest.mark.engine
def test_the_pack_judges_what_a_component_of_the_package_registers(pulumi, in_yaml):
    folder = in_yaml(backendUrl="http://orders.internal.example.com")
    previewed = preview(pulumi, folder, "--policy-pack", PACK)
    assert previewed.returncode != 0
    assert "[mandatory]" in previewed.stdout
    assert "apigateway-backend-uses-https" in previewed.stdout


@pytest.mark.engine
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"truststoreFile": "nowhere.pem"}, "The truststore nowhere.pem cannot be read"),
        ({"place": {"region": "eu-central-1", "accountId": "1"}}, "the AWS credentials in use"),
    ],
    ids=["truststore", "account"],
)
def test_bad_arguments_end_in_one_line(pulumi, in_yaml, changes, message):
    previewed = preview(pulumi, in_yaml(**changes))
    assert previewed.returncode != 0
    assert message in previewed.stdout
    assert "  File " not in previewed.stdout


FOUR_GATES = Path(__file__).with_name("four_gates.yaml")


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["ContractApi", "PetStoreApi"])
def test_the_pack_accepts_components_that_a_program_in_yaml_combines(pulumi, in_yaml, kind):
    folder = in_yaml()
    program = yaml.safe_load(FOUR_GATES.read_text())
    program["resources"]["api"]["type"] = f"portcullis:index:{kind}"
    if kind == "PetStoreApi":
        del program["resources"]["api"]["properties"]["contractFile"]
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    accepted(pulumi, folder)


@pytest.mark.engine
def test_the_pack_refuses_a_combination_without_the_web_acl(pulumi, in_yaml):
    folder = in_yaml()
    program = yaml.safe_load(FOUR_GATES.read_text())
    stage = "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/dev"
    program["resources"]["waf"]["properties"]["stageArn"] = stage  # of another API
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    previewed = preview(pulumi, folder, "--policy-pack", PACK)
    assert previewed.returncode != 0
    assert "apigateway-stage-requires-web-acl" in previewed.stdout
