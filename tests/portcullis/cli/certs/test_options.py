"""Lifetime and passphrase options that several commands share."""

from pathlib import Path

import pytest

from portcullis.errors import ExitCode
from portcullis.pki import facts, pfx
from portcullis.pki.errors import LifetimeError, PassphraseError
from tests.portcullis.cli.certs.running import leaf


@pytest.mark.parametrize(
    ("options", "hours"), [(("--hours", 2), 2), (("--days", 30), 720), ((), 8760)]
)
def test_issue_takes_a_lifetime(ready, options, hours):
    ready("issue", "pet-shop", "--out", "out", *options)
    described = facts.of(leaf("out/pet-shop.pem"))
    assert (described.not_after - described.not_before).total_seconds() == hours * 3600 + 300


def test_issue_takes_one_lifetime_only(ready):
    with pytest.raises(LifetimeError, match="Choose one"):
        ready("issue", "pet-shop", "--out", "out", "--days", 1, "--hours", 1)


@pytest.mark.parametrize("options", [("--days", "0"), ("--hours", "-1"), ("--days", "99999")])
def test_issue_refuses_lifetimes_out_of_range(ready, options):
    ready("issue", "pet-shop", "--out", "out", *options, exit_code=ExitCode.MISUSE)


@pytest.mark.parametrize("encoding", ["modern", "legacy"])
def test_issue_takes_the_passphrase_from_a_file_or_the_environment(ready, encoding, monkeypatch):
    Path("passphrase").write_text("correct horse\n")
    monkeypatch.setenv("PFX_PASSPHRASE", "correct horse")
    options = ("--out", "out", "--force", "--pfx-encoding", encoding)
    for source in (("--passphrase-file", "passphrase"), ("--passphrase-env", "PFX_PASSPHRASE")):
        shown = ready("issue", "pet-shop", *options, *source)
        assert "correct horse" not in shown
        assert pfx.certificates(Path("out/pet-shop.pfx").read_bytes(), "correct horse")


def test_issue_takes_one_passphrase_only(ready):
    with pytest.raises(PassphraseError, match="More than one"):
        ready(
            *("issue", "pet-shop", "--out", "out", "--passphrase-file", "a"),
            *("--passphrase-env", "B"),
        )
