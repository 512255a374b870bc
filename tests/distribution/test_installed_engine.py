"""The real engine judges a stranger's program by the installed pack; needs a `pulumi` CLI."""

import shutil
import subprocess

import pytest
import yaml

from portcullis.graph.engine_workspace import EngineWorkspace
from portcullis.settings.project import load_stack_config
from tests.distribution.test_installed import project  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]
RUNTIME = {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}


@pytest.fixture
def preview(installed, project, tmp_path):  # noqa: F811
    """Preview a copy of the stranger's project, with the stand-in as its provider."""
    folder = tmp_path / "orders"
    shutil.copytree(project, folder)
    (folder / "venv").symlink_to(installed.folder)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "Acme.orders", "runtime": RUNTIME}))
    workspace, config = EngineWorkspace(tmp_path / "engine"), load_stack_config(folder, "dev")
    workspace.make()
    workspace.write_settings(config)

    def run(**replaced):
        program = folder / "__main__.py"
        for old, new in replaced.items():
            program.write_text(program.read_text().replace(old, new))
        pack = str(installed.package / "policies")
        for command in (["stack", "init"], ["preview", "--policy-pack", pack]):
            done = subprocess.run(
                ["pulumi", *command, "--stack", "dev", "--non-interactive"],
                cwd=workspace.project,
                env=workspace.environment(config),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=900,
                check=False,
            )
        return done

    return run


def test_the_engine_judges_by_the_installed_pack(preview):
    done = preview()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "portcullis@v" in done.stdout


def test_the_engine_refuses_what_the_installed_pack_refuses(preview):
    done = preview(**{"guards=[waf.association_urn]": "guards=[]"})
    assert done.returncode != 0
    assert "apigateway-mapping-waits-for-web-acl" in done.stdout
