"""What a preview of the engine says about the program's own files; the engine itself is scripted.

The real one previews a program in tests/portcullis/cli/test_policies.py.
"""

import json
import stat

import pytest

from portcullis.errors import MisuseError
from portcullis.graph.engine import NO_REASON, EngineError
from portcullis.graph.engine_preview import _applied, _link_plugins, _sources, preview
from portcullis.graph.resource import UNKNOWN, SourcePosition
from portcullis.settings.project import load_stack_config

URN = "urn:pulumi:local::shop::aws:s3/bucket:Bucket::b"


def step(*positions):
    first, *others = positions
    frames = [{"sourcePosition": position} for position in others]
    return {"urn": URN, "newState": {"sourcePosition": first, "stackTrace": frames}}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n")
    (folder / "Pulumi.local.yaml").write_text("config: {}\n")
    return folder


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        (["project:///../../shop/index.ts#3,4"], SourcePosition(path="index.ts", line=3)),
        (
            [
                "project:///../../shop/.venv/lib/python3.11/site-packages/pulumi_aws/s3.py#901",
                "project:///../../shop/parts/storage.py#7",
                "project:///../../shop/__main__.py#2",
            ],
            SourcePosition(path="parts/storage.py", line=7),
        ),
        (["project:///../../elsewhere/index.ts#3"], None),
        (["project:///../../shop/node_modules/@pulumi/aws/bucket.ts#3"], None),
        (["file:///shop/index.ts#3"], None),
        ([""], None),
    ],
    ids=["TypeScript", "the SDK in between", "outside", "a library", "another scheme", "none"],
)
def test_the_line_is_the_innermost_of_the_program_s_own(project, positions, expected):
    root = project.parent / "engine" / "project"
    sources = _sources([step(*positions)], root, project)
    assert sources.get(URN) == expected


@pytest.mark.parametrize(
    ("file", "is_applied"),
    [
        ("lib/python3.11/site-packages/pulumi/output.py", True),
        ("node_modules/@pulumi/pulumi/output.js", True),
        ("index.ts", False),
    ],
)
def test_a_registration_inside_apply_is_known_by_its_frames(file, is_applied):
    steps = [step("project:///index.ts#1", f"project:///{file}#318")]
    assert (URN in _applied(steps)) is is_applied


def test_other_plugins_of_the_user_are_linked(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    for name in ("resource-random-v4.0.0", "resource-aws-v7.0.0", "language-x-v1.0.0"):
        (tmp_path / "home/plugins" / name).mkdir(parents=True)
    _link_plugins(tmp_path / "own")
    assert [link.name for link in (tmp_path / "own").iterdir()] == ["resource-random-v4.0.0"]


def fake_cli(tmp_path, monkeypatch, preview):
    """A `pulumi` that answers `preview` with a text and an exit code."""
    output, status = preview
    (tmp_path / "answer.txt").write_text(output)
    cli = tmp_path / "bin" / "pulumi"
    cli.parent.mkdir()
    cli.write_text(
        f'#!/bin/sh\nif [ "$1" = preview ]; then cat {tmp_path}/answer.txt; exit {status}; fi\n'
    )
    cli.chmod(cli.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{cli.parent}:/usr/bin:/bin")


def digest(*diagnostics):
    document = {"diagnostics": [{"severity": s, "message": m} for s, m in diagnostics]}
    return f"warning: a plugin\n{json.dumps(document, indent=4)}"


@pytest.mark.parametrize(
    ("diagnostics", "lines"),
    [
        ([("warning", "old plugin"), ("error", "no such type")], ["no such type"]),
        ([("info#err", "No module x"), ("error", NO_REASON)], ["No module x", NO_REASON]),
    ],
    ids=["an error", "only the exit code"],
)
def test_a_failed_preview_shows_its_errors(project, tmp_path, monkeypatch, diagnostics, lines):
    fake_cli(tmp_path, monkeypatch, (digest(*diagnostics), 1))
    with pytest.raises(EngineError, match="nothing was judged") as failed:
        preview(load_stack_config(project, "local"))
    assert str(failed.value).splitlines()[1:] == lines


def test_a_preview_without_a_recorded_graph_is_an_error(project, tmp_path, monkeypatch):
    fake_cli(tmp_path, monkeypatch, ("{}", 0))
    with pytest.raises(EngineError, match="without a list of resources"):
        preview(load_stack_config(project, "local"))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("organization/network/prod", "network/prod.json"),
        ("prod", "shop/prod.json"),
    ],
)
def test_another_stack_is_added_with_unknown_outputs(project, tmp_path, monkeypatch, name, file):
    """The second preview finds the state of the stack that the first one did not know."""
    missing = digest(("error", f'Preview failed: unknown stack "{name}"'))
    fake_cli(tmp_path, monkeypatch, (missing, 1))
    cli = tmp_path / "bin" / "pulumi"
    state = f'"${{PULUMI_BACKEND_URL#file://}}/.pulumi/stacks/{file}"'
    cli.write_text(
        f"#!/bin/sh\nif test -e {state}; then cp {state} {tmp_path}; echo '{{}}'; exit; fi\n"
        + cli.read_text()
    )
    with pytest.raises(EngineError, match="without a list of resources"):
        preview(load_stack_config(project, "local"))
    checkpoint = json.loads((tmp_path / "prod.json").read_text())["checkpoint"]
    assert checkpoint["latest"]["resources"][0]["outputs"] == {"unknown": UNKNOWN}


def test_a_stack_that_stays_unknown_is_an_error(project, tmp_path, monkeypatch):
    fake_cli(tmp_path, monkeypatch, (digest(("error", 'unknown stack "prod"')), 1))
    with pytest.raises(EngineError, match='unknown stack "prod"'):
        preview(load_stack_config(project, "local"))


def test_a_stack_of_another_organization_is_explained(project, tmp_path, monkeypatch):
    reason = "organization name must be 'organization'"
    fake_cli(tmp_path, monkeypatch, (digest(("error", reason)), 1))
    with pytest.raises(EngineError, match=r"pulumi\.getOrganization\(\)"):
        preview(load_stack_config(project, "local"))


def test_without_a_cli_the_next_step_is_named(project, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MisuseError, match="Install it"):
        preview(load_stack_config(project, "local"))
