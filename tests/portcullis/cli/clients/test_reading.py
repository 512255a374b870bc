"""`portcullis clients list` and `show`."""

import json

from typer.testing import CliRunner

from portcullis.cli.clients import app
from tests.portcullis.cli.clients.running import run


def test_the_list_names_everybody(registry):
    assert "pet-shop  active  pets:read" in run("list")
    assert json.loads(run("show", "pet-shop"))["scopes"] == ["pets:read"]
    assert json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)[0]["id"] == "pet-shop"
