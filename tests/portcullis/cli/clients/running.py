"""Runs a command of `portcullis clients`."""

import pytest
from typer.testing import CliRunner

from portcullis.cli.clients import app
from portcullis.errors import PortcullisError

FILE = """\
clients:
  - id: pet-shop
    match: [{sanUri: "spiffe://a/pet-shop"}]
    scopes: [pets:read]
    status: active
"""


def run(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments):
    with pytest.raises(PortcullisError) as caught:
        CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    return str(caught.value)
