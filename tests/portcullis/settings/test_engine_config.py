"""The program's settings come from the engine, and the engine's variable from its environment."""

import json

import pulumi
from pulumi.runtime.settings import Settings, configure

from portcullis.settings.engine_config import load_settings
from tests.portcullis.settings.mending import GOOD, load


def test_the_settings_are_those_of_the_stack_that_runs():
    settings = load(GOOD, stack="prod")
    assert (settings.stack, settings.name) == ("prod", "portcullis-prod")
    assert settings.region == "eu-central-1"


def test_the_language_host_hands_them_over_in_its_environment(monkeypatch):
    configure(Settings(project="portcullis", stack="dev"))
    pulumi.runtime.set_all_config({})
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({**GOOD, "portcullis:rateLimit": "70"}))
    assert load_settings().rate_limit == 70


def test_a_variable_of_one_key_changes_nothing(monkeypatch):
    """The SDK would read it; the stack file and the plan of a deploy would not show it."""
    monkeypatch.setenv("PULUMI_CONFIG_PORTCULLIS_RATELIMIT", "70")
    assert load(GOOD).rate_limit == 2000
