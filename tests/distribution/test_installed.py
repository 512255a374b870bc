"""A stranger's project uses the installed wheel: components, command, policy pack, Lambda zip."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.authorizer import runtime
from tests.authorizer.making import ROUTES, effects, rest_event
from tests.authorizer.test_zip import (  # noqa: F401 - two are fixtures
    REGISTRY,
    environment,
    key,
    moto,
    shown,
    with_longer_limits,
)
from tests.installed_wheel import ROOT

STRANGER = Path(__file__).parent / "stranger"
BUILD = Path(".portcullis") / "build"
GATES = ("MtlsDomain", "WafShield", "JwtAuthorizer", "ContractApi")
PACKING = """
import json, sys
from pathlib import Path
from portcullis_gates.components.authorizer_zip.build import Platform, ScopedRoute, build
from portcullis_gates.portcullis.registry import load

folder = Path(sys.argv[1])
built = build(
    clients_json=load(folder / "clients.yaml", known_scopes={"pets:read", "pets:write"}).to_json(),
    routes=[ScopedRoute(**route) for route in json.loads(sys.argv[2])],
    platform=Platform.LAPTOP,
    cache_dir=folder / ".portcullis" / "build",
)
print(built.path)
"""


def with_cached_wheels(project):
    """The authorizer's wheels that another run fetched, if there are some."""
    for folder in (ROOT / BUILD).glob("wheels-*"):
        if not folder.suffix:  # not one that another test is fetching
            shutil.copytree(folder, project / BUILD / folder.name)
    return project


@pytest.fixture(scope="module")
def project(installed, tmp_path_factory):
    copy = tmp_path_factory.mktemp("project") / "orders"
    shutil.copytree(STRANGER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    made = installed.run("portcullis", "certs", "init", "--json", cwd=copy)
    assert made.returncode == 0, made.stderr
    return with_cached_wheels(copy)


def test_the_environment_has_none_of_our_packages_under_another_name(installed, tmp_path):
    names = ("portcullis", "components", "authorizer", "policies")
    tried = f"from importlib.util import find_spec as f; print([n for n in {names} if f(n)])"
    assert installed.run("python", "-c", tried, cwd=tmp_path).stdout.strip() == "[]"


def test_the_stranger_uses_every_component():
    imported = {
        alias.name
        for node in ast.walk(ast.parse((STRANGER / "__main__.py").read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    made = {
        node.name
        for path in (ROOT / "components").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base).endswith("ComponentResource")
    }
    assert made <= imported
    assert len(made) > len(GATES)


def test_every_component_runs_in_the_stranger_s_program(installed, project):
    """The program also imports its own packages `components`, `portcullis` and so on."""
    drawn = installed.run("portcullis", "graph", "--stack", "dev", "--format", "json", cwd=project)
    assert drawn.returncode == 0, drawn.stderr
    for gate in GATES:
        assert f"portcullis:index:{gate}" in drawn.stdout


def test_the_installed_pack_accepts_the_stranger_s_program(installed, project):
    report = judged(installed, project)
    assert report["summary"]["mandatory"] == 0, report


def test_the_installed_pack_refuses_a_program_without_a_gate(installed, project, tmp_path):
    copy = tmp_path / "open"
    shutil.copytree(project, copy)
    program = copy / "__main__.py"
    guard = "guards=[waf.association_urn]"
    assert guard in program.read_text()
    program.write_text(program.read_text().replace(guard, "guards=[]"))
    report = judged(installed, copy)
    refused = {violation["rule"] for violation in report["violations"]}
    assert refused == {"apigateway-mapping-waits-for-web-acl"}


def judged(installed, project):
    arguments = ("policies", "check", "--stack", "dev", "--format", "json")
    checked = installed.run("portcullis", *arguments, cwd=project)
    assert checked.stdout, checked.stderr
    return json.loads(checked.stdout)


def test_a_project_s_own_pack_serves_the_installed_rules(installed, project, tmp_path):
    copy = tmp_path / "own"
    shutil.copytree(project, copy)
    made = installed.run("portcullis", "policies", "init", "--policy-pack", "guards", cwd=copy)
    assert made.returncode == 0, made.stderr
    arguments = ("check", "--stack", "dev", "--policy-pack", "guards")
    checked = installed.run("portcullis", "policies", *arguments, cwd=copy)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_pack_can_be_named_to_the_engine(installed, project):
    shown_path = Path(installed.run("portcullis", "policies", "path", cwd=project).stdout.strip())
    assert shown_path == installed.package / "policies"


@pytest.mark.parametrize("file", ["policies/PulumiPolicy.yaml", "components/PulumiPlugin.yaml"])
def test_the_engine_takes_the_interpreter_of_the_environment(installed, file):
    settings = installed.package / file
    (virtualenv,) = (
        line.split(":")[1].strip()
        for line in settings.read_text().splitlines()
        if "virtualenv:" in line
    )
    assert (settings.parent / virtualenv).resolve() == installed.folder.resolve()


def test_the_component_package_starts_from_the_wheel(installed, tmp_path):
    """It prints the port that it listens on; the engine's address is its argument."""
    command = [installed.python, "-W", "ignore", installed.package / "components", "127.0.0.1:1"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        text=True,
    ) as process:
        try:
            assert int(process.stdout.readline()) > 0
        finally:
            process.kill()


@pytest.mark.parametrize("command", ["portcullis", "python"])
def test_the_command_says_its_version(installed, tmp_path, command):
    module = ("-m", "portcullis_gates") if command == "python" else ()
    said = installed.run(command, *module, "--version", cwd=tmp_path)
    assert said.stdout.startswith("portcullis 0."), said.stderr


def test_the_zip_of_the_installed_files_answers_as_on_lambda(installed, tmp_path, moto, key):  # noqa: F811
    folder = with_cached_wheels(tmp_path)
    (folder / "clients.yaml").write_text(REGISTRY)
    routes = [{"method": r.method, "path": r.path, "scope": r.scope} for r in ROUTES]
    packed = installed.run("python", "-c", PACKING, folder, json.dumps(routes), cwd=folder)
    assert packed.returncode == 0, packed.stderr
    task = with_longer_limits(runtime.unpack(Path(packed.stdout.strip()), tmp_path / "task"))
    assert not list(task.glob("portcullis*"))
    with runtime.running(task, environment(task, moto, key[0])) as worker:
        allowed = worker.invoke(rest_event(shown()))
        unknown = worker.invoke(rest_event(shown(uris=())))
    assert effects(allowed.payload) == ["Allow"]
    assert unknown.payload["context"]["reason"] == "unknown_client"


def test_the_types_of_the_wheel_are_seen(installed, tmp_path):
    program = tmp_path / "typed.py"
    program.write_text(
        "from portcullis_gates.components.arn import Place\n"
        "Place(region='eu-central-1', account_id=1)\n"
    )
    checker = [sys.executable, "-m", "mypy", "--python-executable", str(installed.python)]
    done = subprocess.run(
        [*checker, "--cache-dir", tmp_path / "cache", "--follow-imports=silent", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert 'incompatible type "int"; expected "str"' in done.stdout
    assert "Found 1 error" in done.stdout
