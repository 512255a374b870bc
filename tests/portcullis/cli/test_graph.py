"""`portcullis graph` shows resources and dependencies, never values."""

import json

import pytest
import typer
from typer.testing import CliRunner

from portcullis.cli.graph import graph

PROGRAM = """
import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("trust", bucket="secret-name")
aws.s3.BucketPolicy("policy", bucket=bucket.id, policy="{}")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {aws:region: eu-central-1}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def shown(project, *arguments):
    app = typer.Typer()
    app.command()(graph)
    result = CliRunner().invoke(app, ["--project", str(project), *arguments])
    assert result.exit_code == 0, result.output
    assert "secret-name" not in result.output
    return result.output


def test_the_tree_lists_every_resource(project):
    output = shown(project)
    assert "shop local" in output
    assert "aws:s3/bucket:Bucket trust" in output


def test_json_has_unknown_properties_and_dependencies(project):
    (bucket, policy) = json.loads(shown(project, "--format", "json"))
    assert policy["unknown"] == ["bucket"]
    assert policy["dependencies"] == {"bucket": [bucket["urn"]]}
    assert policy["properties"] == ["bucket", "policy"]


def test_an_update_knows_the_values(project):
    (_, policy) = json.loads(shown(project, "--format", "json", "--update"))
    assert policy["unknown"] == []


@pytest.mark.parametrize(("format_", "start"), [("svg", "<svg "), ("mermaid", "flowchart LR")])
def test_a_picture_shows_gates_and_no_values(project, format_, start):
    output = shown(project, "--format", format_)
    assert output.startswith(start)
    assert "web ACL" in output


def test_a_setting_is_overridden(project):
    (project / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\n"
        "aws.apigateway.DomainName('d', domain_name=pulumi.Config('portcullis').require('domain'),"
        " mutual_tls_authentication={'truststore_uri': 's3://a/b'})\n"
    )
    output = shown(project, "--format", "svg", "--config", "domain=api.example.com")
    assert "api.example.com" in output
