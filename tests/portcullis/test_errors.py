"""Under the engine an error of ours is one line; a command never imports Pulumi for it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 600
SETTING_LINE = (
    "portcullis:rateLimit is '1_0': it is not a whole number. Accepted: a whole number from 10, "
    "and at most 10,000 in five minutes. Run: pulumi config set portcullis:rateLimit 10"
)


def bases(program):
    """The bases of our errors in a process that runs this, and whether Pulumi is loaded."""
    shown = (
        "import sys; from portcullis.errors import PortcullisError as e;"
        "print([c.__name__ for c in e.__mro__], 'pulumi' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", f"{program}\n{shown}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_SECONDS,
    )
    return answer.stdout


def test_an_error_is_a_run_error_where_pulumi_was_imported_first():
    assert "'RunError'" in bases("import pulumi")


def test_a_command_does_not_import_pulumi_for_its_errors():
    said = bases("import portcullis.cli.keys, portcullis.settings.stack_settings")
    assert "'RunError'" not in said
    assert said.endswith("False\n")


@pytest.fixture
def preview(tmp_path):
    """A preview of a program, and of the settings that it runs with."""
    home, state, folder = (tmp_path / name for name in ("home", "state", "project"))
    for made in (home, state, folder):
        made.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase of this test alone",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "Pulumi.yaml").write_text(
        "name: portcullis\nruntime:\n  name: python\n  options: {virtualenv: .venv}\n"
    )

    def run(program, config):
        (folder / "__main__.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n")
        with (folder / "__main__.py").open("a") as file:
            file.write(program)
        lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in config.items())
        for command in ("stack", "init", "dev"), ("preview", "--stack", "dev"):
            if command[0] == "preview":
                (folder / "Pulumi.dev.yaml").write_text("config:\n" + lines)
            answer = subprocess.run(
                ["pulumi", *command, "--non-interactive"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LIMIT_SECONDS,
                check=False,
            )
        assert answer.returncode != 0
        return answer.stdout + answer.stderr

    return run


engine = [
    pytest.mark.engine,
    pytest.mark.skipif(
        shutil.which("pulumi") is None,
        reason="no `pulumi` CLI on PATH; install it: https://www.pulumi.com/docs/install/",
    ),
]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        pytest.param(
            "from portcullis.settings.engine_config import load_settings\nload_settings()\n",
            SETTING_LINE,
            marks=engine,
            id="setting",
        ),
        pytest.param(
            "import pulumi\n"
            "from portcullis.errors import MisuseError\n"
            "def fail(_):\n"
            "    raise MisuseError('raised in an apply')\n"
            "pulumi.export('failed', pulumi.Output.from_input(1).apply(fail))\n",
            "raised in an apply",
            marks=engine,
            id="apply",
        ),
    ],
)
def test_the_engine_shows_an_error_as_one_line(preview, program, line):
    said = preview(program, {"aws:region": "eu-central-1", "portcullis:rateLimit": "1_0"} | REST)
    assert f"error: {line}\n" in said
    assert "Traceback" not in said
    assert "unhandled exception" not in said


REST = {
    "portcullis:accountId": "111122223333",
    "portcullis:domain": "api.example.com",
    "portcullis:hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "portcullis:truststoreFile": "truststore.dev.pem",
    "portcullis:allowedCidrs": ["203.0.113.0/24"],
    "portcullis:backendUrl": "https://petstore.example.com",
    "portcullis:alarmEmails": ["oncall@example.com"],
}
