"""Pulumi.yaml and Pulumi.<stack>.yaml are read as the engine reads them."""

import json

import pytest

from portcullis.errors import ExitCode
from portcullis.settings.engine_yaml import written_yaml
from portcullis.settings.project import ProjectError, find_project, load_stack_config
from tests.portcullis.settings.odd_values import (
    FILES,
    MORE_FILES,
    MORE_REFUSED_FILES,
    REFUSED_FILES,
    REFUSED_HERE_ONLY,
)

PROJECT = """\
name: gate
runtime: python
config:
  domain: {type: string}
  cidrs: {type: array, items: {type: string}, default: [127.0.0.1/32]}
  limit: {type: integer, default: 100}
  enabled: {type: boolean, default: false}
  aws:region: {value: eu-central-1}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  gate:domain: localhost\n")
    return tmp_path


def test_defaults_come_from_the_project_and_values_from_the_stack(folder):
    loaded = load_stack_config(folder, "local")
    assert loaded.project == "gate"
    assert loaded.raw_values == {
        "gate:domain": "localhost",
        "gate:cidrs": '["127.0.0.1/32"]',
        "gate:limit": "100",
        "gate:enabled": "false",
        "aws:region": "eu-central-1",
    }


def test_an_override_wins_over_the_stack(folder):
    values = load_stack_config(folder, "local", {"limit": "7", "gate:domain": "a.test"}).raw_values
    assert (values["gate:limit"], values["gate:domain"]) == ("7", "a.test")


def test_structured_values_become_json(folder):
    (folder / "Pulumi.local.yaml").write_text(
        "config:\n  gate:domain: x\n  gate:cidrs: [10.0.0.0/8, '::1/128']\n"
    )
    assert json.loads(load_stack_config(folder, "local").raw_values["gate:cidrs"]) == [
        "10.0.0.0/8",
        "::1/128",
    ]


@pytest.mark.parametrize(
    ("stack_file", "says"),
    [
        pytest.param("config: {}", "missing configuration value 'gate:domain'", id="missing"),
        pytest.param("config: {gate:domain: x, gate:limit: ten}", "type 'integer'", id="integer"),
        pytest.param("config: {gate:domain: x, gate:limit: true}", "type 'integer'", id="bool"),
        pytest.param("config: {gate:domain: x, gate:enabled: maybe}", "type 'boolean'", id="flag"),
        pytest.param("config: {gate:domain: x, gate:cidrs: 1}", "type 'array", id="array"),
        pytest.param("config: {gate:domain: {secure: v1:abc}}", "encrypted", id="secure"),
        pytest.param("config: [1]", "must be a mapping", id="list"),
        pytest.param("a: [", "not valid YAML", id="yaml"),
        pytest.param("config: {1: x}", "must be a mapping", id="key"),
    ],
)
def test_a_stack_file_that_cannot_be_used_says_why(folder, stack_file, says):
    (folder / "Pulumi.local.yaml").write_text(stack_file)
    with pytest.raises(ProjectError, match=says) as raised:
        load_stack_config(folder, "local")
    assert raised.value.exit_code is ExitCode.MISUSE


@pytest.fixture
def bare(tmp_path):
    """A project that declares no key, and a function that gives its stack file a content."""
    (tmp_path / "Pulumi.yaml").write_text("name: gate\nruntime: python\n")

    def load(content):
        (tmp_path / "Pulumi.local.yaml").write_bytes(content)
        return dict(load_stack_config(tmp_path, "local").raw_values)

    return load


@pytest.mark.parametrize(("content", "keys"), (FILES | MORE_FILES).items())
def test_a_stack_file_has_the_keys_that_the_engine_finds(bare, content, keys):
    assert bare(content) == keys


@pytest.mark.parametrize("content", REFUSED_FILES + MORE_REFUSED_FILES)
def test_a_stack_file_that_the_engine_refuses_is_refused(bare, content):
    with pytest.raises(ProjectError, match=r"Pulumi\.local\.yaml") as caught:
        bare(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", REFUSED_HERE_ONLY)
def test_a_stack_file_that_only_the_engine_can_read_is_refused(bare, content):
    with pytest.raises(ProjectError, match=r"Pulumi\.local\.yaml"):
        bare(content)


def test_every_missing_key_is_named_at_once(folder):
    (folder / "Pulumi.yaml").write_text(
        "name: gate\nruntime: python\nconfig:\n  a: {type: string}\n  b: {type: integer}\n"
    )
    with pytest.raises(ProjectError, match=r"missing configuration value 'gate:a', 'gate:b'"):
        load_stack_config(folder, "local")


def test_a_string_of_the_command_line_may_look_like_json(folder):
    assert load_stack_config(folder, "local", {"domain": "[1]"}).raw_values["gate:domain"] == "[1]"


def test_a_structure_of_the_command_line_is_json(folder):
    config = load_stack_config(folder, "local", {"cidrs": '["::1/128"]', "limit": "7"})
    assert config.raw_values["gate:cidrs"] == '["::1/128"]'
    with pytest.raises(ProjectError, match="of type 'array<string>'"):
        load_stack_config(folder, "local", {"cidrs": "::1/128"})


def test_an_unknown_stack_lists_those_that_exist(folder):
    with pytest.raises(ProjectError, match="Stacks here: local"):
        load_stack_config(folder, "prod")


@pytest.mark.parametrize("name", ["../local", "", "a/b", "a b"])
def test_a_stack_name_cannot_leave_the_project(folder, name):
    with pytest.raises(ProjectError, match="not a stack name"):
        load_stack_config(folder, name)


def test_the_project_is_found_from_a_folder_below_it(folder):
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == folder


@pytest.mark.parametrize("name", ["misspelt", "Pulumi.yaml"])
def test_what_is_no_folder_does_not_lead_to_the_project_above_it(folder, name):
    with pytest.raises(ProjectError, match="is not a folder"):
        find_project(folder / name)


def test_no_project_says_what_to_do(tmp_path):
    with pytest.raises(ProjectError, match="--project"):
        find_project(tmp_path)


def test_the_values_are_written_as_they_were_read(folder):
    (folder / "Pulumi.local.yaml").write_text(
        "config:\n  gate:domain: '0o17'\n  gate:cidrs: [10.0.0.0/8]\n  gate:limit: 0o17\n"
    )
    config = load_stack_config(folder, "local")
    written = written_yaml({"config": config.structured_values})
    (folder / "Pulumi.local.yaml").write_text(written)
    assert load_stack_config(folder, "local").raw_values == config.raw_values
