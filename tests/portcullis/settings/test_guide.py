"""Pulumi.yaml, the guide and the four stack files agree with the settings.

Whether the program runs with the stack files is in test_main.py.
"""

import runpy
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[3]
STACKS = ("local", "dev", "staging", "prod")
PAGE = runpy.run_path(str(PROJECT / "docs" / "guide" / "settings_page.py"))


def test_pulumi_yaml_and_the_settings_agree():
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["config"] == PAGE["config_block"]()


def test_the_guide_is_what_the_settings_say():
    page = (PROJECT / "docs" / "guide" / "settings.md").read_text(encoding="utf-8")
    assert page == PAGE["page"](), "Run: .venv/bin/python docs/guide/settings_page.py"


@pytest.mark.parametrize("stack", STACKS)
def test_the_engine_finds_every_required_key_in_the_stack_file(stack):
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    given_keys = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    required = {
        f"portcullis:{key}"
        for key, declared in project["config"].items()
        if "default" not in declared
    }
    assert required <= set(given_keys["config"])
    assert "aws:region" in given_keys["config"]


def test_the_project_file_lets_the_engine_find_the_program():
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["name"] == "portcullis"
    assert project["runtime"]["options"]["virtualenv"] == ".venv"
    # The engine declares only its own project's keys; another namespace there is an error.
    assert not any(":" in key for key in project["config"])
    assert {d["type"] for d in project["config"].values()} <= {
        "string",
        "integer",
        "boolean",
        "array",
        "object",
    }
