"""The lines that `portcullis up` prints can be pasted; its help page can be read."""

import re
from dataclasses import fields

import pytest
from typer.testing import CliRunner

from portcullis.cli.main import COMMANDS, app
from portcullis.cli.up import _curl
from portcullis.laptop.ready import Ready

FILES = {"certificate": "/p/a.pem", "key": "/p/a.key"}


def ready(domain):
    values = {"domain": domain, "gateway": f"https://{domain}:8443", "ca": "/p/ca.pem"}
    values["clients"] = {"pet-shop": FILES, "stranger": FILES}
    return Ready(**dict.fromkeys((field.name for field in fields(Ready)), "") | values)


def test_the_curl_lines_reach_the_laptop_under_any_domain():
    assert "--resolve" not in _curl(ready("localhost"))
    lines = [line for line in _curl(ready("api.example.com")).splitlines() if "curl" in line]
    assert len(lines) == 2
    for line in lines:
        assert "--resolve api.example.com:8443:127.0.0.1 https://api.example.com:8443/pets" in line


@pytest.mark.parametrize("command", [*COMMANDS, "keys rotate", "policies check", "policies prove"])
def test_a_help_page_flows_and_loses_no_placeholder(command):
    asked = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "80"})
    assert asked.exit_code == 0
    shown = asked.stdout
    assert "Pulumi..yaml" not in shown
    text = shown.partition("Usage:")[2].partition("╭─")[0]
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text)[1:]]
    for paragraph in paragraphs:
        lines = paragraph.splitlines()
        following = [line.split()[0] for line in lines[1:]]
        full = [len(line.strip()) for line in lines[:-1]]
        for length, word in zip(full, following, strict=True):
            assert length + 1 + len(word) > 78, paragraph
