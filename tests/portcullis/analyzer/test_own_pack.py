"""A project's own pack: the installed rules with the project's configuration and waivers."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from typer.testing import CliRunner

from portcullis.analyzer.own_pack import write_pack
from portcullis.cli.policies import app
from portcullis.errors import MisuseError

PROGRAM = """
import pulumi_aws as aws

aws.apigateway.RestApi(
    "api", disable_execute_api_endpoint=True, endpoint_configuration={"types": "EDGE"}
)
aws.iam.AccessKey("access", user="deployer")
"""
WIDEN = "scope: {widen: [{reason: Every API is a partner API., owner: tests}]}\n"
URN = "urn:pulumi:local::shop::aws:apigateway/restApi:RestApi::api"
REGIONAL, SECRETS = "apigateway-endpoint-is-regional", "secrets-stay-out-of-properties"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_project_is_judged_with_its_own_configuration_and_waivers(project):
    assert run("check", "--project", project, "--no-aws-models").exit_code == 0
    made = run("init", "--project", project)
    pack = project / "policies"
    assert made.output.split() == [
        str(pack / name)
        for name in ("PulumiPolicy.yaml", "__main__.py", "configuration.yaml", "waivers.yaml")
    ]
    assert run("check", "--project", project, "--no-aws-models").exit_code == 0
    (pack / "configuration.yaml").write_text(WIDEN)
    soon = str(datetime.now(tz=UTC).date() + timedelta(days=30))
    waiver = {
        "rule": REGIONAL,
        "resource": URN,
        "reason": "It moves next month.",
        "owner": "tests",
        "expires": soon,
    }
    (pack / "waivers.yaml").write_text(yaml.safe_dump({"waivers": [waiver]}))
    widened = run("check", "--project", project, "--no-aws-models")
    assert widened.exit_code == 1
    assert SECRETS in widened.output
    assert f"waived: {REGIONAL} until {soon}" in widened.output
    assert f"{REGIONAL} (high)" not in widened.output


def test_a_misspelt_project_of_the_configuration_is_recognised(project):
    run("init", "--project", project)
    misspelt = WIDEN.replace("owner: tests", "owner: tests, project: shopp")
    (project / "policies" / "configuration.yaml").write_text(misspelt)
    checked = run("check", "--project", project, "--no-aws-models")
    assert checked.exit_code == 1
    assert "there is no project 'shopp' here (did you mean 'shop'?)" in checked.output


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "waivers.yaml").write_text("waivers: []\n")
    with pytest.raises(MisuseError, match=r"waivers\.yaml exists already"):
        write_pack(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["waivers.yaml"]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MisuseError, match="cannot be written"):
        write_pack(tmp_path / "file" / "policies")


def test_the_engine_finds_the_interpreter_of_this_command(tmp_path):
    write_pack(tmp_path / "guards")
    described = yaml.safe_load((tmp_path / "guards" / "PulumiPolicy.yaml").read_text())
    virtualenv = tmp_path / "guards" / described["runtime"]["options"]["virtualenv"]
    assert virtualenv.resolve().samefile(sys.prefix)
