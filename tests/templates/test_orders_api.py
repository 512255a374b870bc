"""A project made from the template works with the installed wheel, under any name."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from tests.templates.generating import DESCRIPTION, TEMPLATE, files, generate, generate_installed

EXPLICIT_NAMES = """
from pathlib import Path
from portcullis_gates.portcullis.graph.in_process import record

for resource in record(Path.cwd(), "local", preview=True):
    print(resource.inputs.get("name") or resource.inputs.get("bucket") or "")
"""
NAMES = ("orders", "My.Orders-X_1", "2fa", "_-.", "a" * 100)


def make(project, *targets):
    """Run make as a user does, without our environment on the path."""
    return subprocess.run(
        ["make", "--no-print-directory", *targets],
        cwd=project,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )


@pytest.fixture(scope="module")
def project(installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("My.Orders")
    generate_installed(folder, "My.Orders-X_1", installed)
    done = make(folder, ".portcullis/pki/truststore.pem")
    assert done.returncode == 0, done.stderr
    return folder


def test_a_project_has_nothing_of_this_repository_but_its_distribution():
    for path, text in files(TEMPLATE).items():
        assert not re.search(r"\bdocs/|\btests/|petstore|\bpets?\b", text, re.IGNORECASE), path
        imported = re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)
        assert not {"components", "portcullis", "policies", "authorizer"} & set(imported), path


@pytest.mark.parametrize("name", NAMES)
def test_no_placeholder_is_left(tmp_path, name):
    for path, text in files(generate(tmp_path, name)).items():
        assert not re.search(r"\$\{[A-Z]+\}", text), path
    settings = yaml.safe_load((tmp_path / "Pulumi.yaml").read_text())
    assert settings["name"] == name
    assert settings["description"] == DESCRIPTION


def test_make_test_passes(project):
    done = make(project, "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "orders:write" in done.stdout
    assert done.stdout.count("0 mandatory and 0 advisory violations, 0 waived") == 2


@pytest.mark.parametrize(
    ("name", "prefix"), [("2.Orders_x", "p2-orders-x"), ("a" * 100, "aaaaaaaaaaaaa-2816")]
)
def test_names_in_aws_begin_with_the_project_s_name(project, tmp_path, name, prefix, installed):
    generate_installed(tmp_path, name, installed)
    shutil.copytree(project / ".portcullis", tmp_path / ".portcullis", dirs_exist_ok=True)
    recorded = installed.run("python", "-c", EXPLICIT_NAMES, cwd=tmp_path)
    assert recorded.returncode == 0, recorded.stderr
    assert set(re.findall(r"([a-z0-9-]+)-local-(?:authorizer|truststore)", recorded.stdout)) == {
        prefix
    }


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("x-scope: orders:read", "orders:read"),
        ("scopes: [orders:read, orders:write]", "orders:write"),
    ],
    ids=["a scope that the contract no longer has", "a scope that no operation has"],
)
def test_clients_and_contract_are_held_to_each_other(project, tmp_path, installed, broken, told):
    copy = tmp_path / "orders"
    shutil.copytree(project, copy, symlinks=True)
    for name in ("orders.openapi.yaml", "clients.local.yaml"):
        text = (copy / name).read_text()
        (copy / name).write_text(text.replace(broken, broken.replace("orders:", "order:")))
    checked = installed.run("portcullis", "policies", "check", cwd=copy)
    assert checked.returncode == 2
    assert told in checked.stderr


def test_a_gate_that_is_taken_out_is_refused(project, tmp_path):
    copy = tmp_path / "orders"
    shutil.copytree(project, copy, symlinks=True)
    settings = copy / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("https://orders", "http://orders"))
    done = make(copy, "test")
    assert done.returncode != 0
    assert "apigateway-backend-uses-https" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["clients", "list", "--stack", "dev"],
        ["certs", "list"],
        ["contract", "check", "orders.openapi.yaml"],
        ["doctor", "--stack", "local"],
        ["keys", "rotate", "--help"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_commands_run_in_the_project(project, installed, command):
    done = installed.run("portcullis", *command, cwd=project)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_client_may_have_scopes_of_the_project_s_contract(project, tmp_path, installed):
    copy = tmp_path / "orders"
    shutil.copytree(project, copy, symlinks=True)

    def add(client, scope):
        uri = f"spiffe://local/client/{client}"
        arguments = ("add", client, "--san-uri", uri, "--scope", scope, "--stack", "local")
        return installed.run("portcullis", "clients", *arguments, cwd=copy)

    added, refused = add("courier", "orders:read"), add("stable", "pets:read")
    assert added.returncode == 0, added.stderr
    assert refused.returncode == 2
    assert "pets:read" in refused.stderr
