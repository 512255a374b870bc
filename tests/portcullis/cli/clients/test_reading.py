"""`portcullis clients list` and `show`."""

import json

from typer.testing import CliRunner

from portcullis.cli.clients import app
from tests.portcullis.cli.clients.running import run


def test_the_list_names_everybody(registry):
    assert "pet-shop  active  pets:read" in run("list")
    assert json.loads(run("show", "pet-shop"))["scopes"] == ["pets:read"]
    assert json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)[0]["id"] == "pet-shop"


def test_an_issuer_is_shown_with_every_value_of_an_attribute(registry):
    issuer = "{CN: CA, DC: [example, com]}"
    uri = '{sanUri: "spiffe://a/pet-shop"'
    registry.write_text(registry.read_text().replace(uri, f"{uri}, issuer: {issuer}"))
    (shown,) = json.loads(run("show", "pet-shop"))["match"]
    assert shown["issuer"] == {"0.9.2342.19200300.100.1.25": ["com", "example"], "2.5.4.3": "CA"}
