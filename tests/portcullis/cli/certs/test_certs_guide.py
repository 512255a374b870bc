"""The transcripts of docs/guide/certificates.md are what the commands print today."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portcullis.cli.certs import app

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "certificates.md"
TRANSCRIPTS = re.findall(r"```console\n(.*?)```", GUIDE.read_text(), re.DOTALL)

# What differs from run to run; the first column of a listing is padded, so lengths stay.
VOLATILE = [
    (r"\d{8}T\d{6}Z", "STAMP"),
    (r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?", "DATE"),
    (r"\d+ days left", "DAYS"),
    (r"([0-9A-F]{2}:){31}[0-9A-F]{2}", "FINGERPRINT"),
    (r"\b[0-9a-f]{32,40}\b", "SERIAL"),
    (r"(?<=thumbprint)(:?\s+)[\w-]{43}", r"\1THUMBPRINT"),
    (r"CA [0-9a-f]{8}\b", "CA NUMBER"),
    (r"[a-z0-9]{5}(-[a-z0-9]{5}){3}", "PASSPHRASE"),
]


def without_volatile_parts(text):
    for pattern, name in VOLATILE:
        text = re.sub(pattern, name, text)
    # Certificates issued within one second are listed by their random serial numbers, whose length
    # decides how wide the column is.
    return sorted(re.sub(r"(?<=\S) {2,}", "  ", line.rstrip()) for line in text.splitlines())


def commands(transcript):
    """Each command with what is shown below it."""
    for part in transcript.split("$ ")[1:]:
        command, _, shown = part.partition("\n")
        yield shlex.split(command), shown


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(words):
        match words:
            case ["export", assignment]:
                monkeypatch.setenv(*assignment.split("=", 1))
                return ""
            case ["portcullis", "certs", *arguments]:
                result = CliRunner().invoke(app, arguments, catch_exceptions=False)
                assert result.exit_code == 0, result.output
                return result.stdout
            case ["openssl", *_]:
                subprocess.run(words, capture_output=True, check=True, timeout=300)
                return ""
        raise AssertionError(words)

    return run


def test_the_guide_shows_what_is_printed(shell):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command here")
    seen = []
    for transcript in TRANSCRIPTS:
        for words, shown in commands(transcript):
            seen.append(words[2] if words[0] == "portcullis" else words[0])
            printed = shell(words)
            assert without_volatile_parts(printed) == without_volatile_parts(shown), words
    assert set(seen) >= {"init", "issue", "lint", "inspect", "list", "renew", "revoke", "crl"}
