"""`pulumi new` makes the project, and `pulumi preview` judges it; needs a `pulumi` CLI on PATH."""

import shutil
import subprocess

import pytest
import yaml

from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.settings.project import load_stack_config
from tests.templates.generating import (
    DESCRIPTION,
    TEMPLATE,
    files,
    generate,
    generate_installed,
)

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]
NAMES = ("orders", "My.Orders-X_1", "2fa", "a" * 100)


def pulumi(*arguments, cwd, env):
    return subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture
def environment(tmp_path):
    """The environment of a CLI that sees nothing of the user's."""
    workspace = EngineWorkspace(tmp_path / "engine")
    workspace.make()
    (tmp_path / "none").mkdir()
    generate(tmp_path / "none", "none")
    return workspace, workspace.environment(load_stack_config(tmp_path / "none", "dev"))


@pytest.mark.parametrize("name", NAMES)
def test_pulumi_new_makes_the_project(environment, tmp_path, name):
    made, copied = tmp_path / "made", tmp_path / "copied"
    made.mkdir()
    given = ("--generate-only", "--yes", "--name", name, "--description", DESCRIPTION)
    done = pulumi("new", str(TEMPLATE), *given, cwd=made, env=environment[1])
    assert done.returncode == 0, done.stderr
    by_cli, by_copy = files(made), files(generate(copied, name))
    settings, expected = (
        yaml.safe_load(next(text for path, text in found.items() if path.name == "Pulumi.yaml"))
        for found in (by_cli, by_copy)
    )
    # The CLI takes the template's part out and tags the stack with the template's place.
    assert expected.pop("template")
    assert settings["config"].pop("pulumi:tags")
    assert settings == expected
    others = {path: text for path, text in by_cli.items() if path.name != "Pulumi.yaml"}
    assert others == {path: text for path, text in by_copy.items() if path.name != "Pulumi.yaml"}


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_a_preview_with_the_project_s_pack_is_clean(environment, tmp_path, installed, stack):
    project = generate_installed(tmp_path / "orders", "My.Orders-X_1", installed)
    made = installed.run("portcullis", "certs", "init", "--json", cwd=project)
    assert made.returncode == 0, made.stderr
    shutil.copy(project / ".portcullis/pki/truststore.pem", project / "truststore.dev.pem")
    workspace = environment[0]
    config = load_stack_config(project, stack)
    workspace.write_settings(config)
    where = {"cwd": workspace.project, "env": workspace.environment(config)}
    assert pulumi("stack", "init", stack, **where).returncode == 0
    pack = ("--policy-pack", str(project / "policies"), "--stack", stack)
    preview = pulumi("preview", *pack, **where)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "portcullis@v" in preview.stdout
