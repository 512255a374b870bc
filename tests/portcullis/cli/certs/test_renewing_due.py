"""`portcullis certs renew --if-needed`: what is renewed, and what is left as it is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portcullis import files as disk
from portcullis.errors import ExitCode
from portcullis.pki import atomic, hierarchy, inventory, issuance, keys
from portcullis.pki.errors import PkiMisuseError
from portcullis.pki.handout import PfxOptions, hand_out
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import PkiLayout, Purpose
from portcullis.pki.names import san_uri
from tests.portcullis.cli.certs.running import leaf
from tests.portcullis.renewal.calls import csr

NOW = datetime.now(UTC)


@pytest.fixture
def ready(run):
    """An authority that is older than the certificates: none starts before its issuer."""
    hierarchy.create_all(PkiLayout(), [Purpose.CLIENT], now=NOW - timedelta(days=2))
    return run


def issued(client, *, hours, ago, out="out"):
    """Issue a certificate of that lifetime, so many hours ago."""
    request = ClientRequest(
        client=client, names=(san_uri(f"spiffe://x/{client}"),), lifetime=timedelta(hours=hours)
    )
    hand_out(
        PkiLayout(),
        request,
        Path(out),
        options=PfxOptions(keep_generated=True),
        now=NOW - timedelta(hours=ago),
    )
    return leaf(f"{out}/{client}.pem")


def renew(run, *arguments, exit_code=ExitCode.OK):
    command = ("renew", *arguments, "--out", "out", "--if-needed", "--json")
    shown = json.loads(run(*command, exit_code=exit_code))
    return {one["client"]: one["outcome"] for one in shown}


def test_only_what_is_due_is_renewed_with_its_own_lifetime(ready):
    fresh = issued("fresh", hours=12, ago=7)
    due = issued("due", hours=12, ago=9)  # in its last third
    ended = issued("ended", hours=12, ago=13)
    expected = {"due": "renewed", "ended": "renewed", "fresh": "not due"}
    assert renew(ready) == expected
    assert leaf("out/fresh.pem") == fresh
    for client, old in (("due", due), ("ended", ended)):
        new = leaf(f"out/{client}.pem")
        assert new.not_valid_after_utc - NOW > timedelta(hours=11)
        assert new.not_valid_after_utc - new.not_valid_before_utc == (
            old.not_valid_after_utc - old.not_valid_before_utc
        )
        assert Path(f"out/{client}.pfx.passphrase").exists()
    assert set(renew(ready).values()) == {"not due"}


def test_a_named_client_is_the_only_one_renewed(ready):
    other = issued("other", hours=12, ago=9)
    issued("due", hours=12, ago=9)
    assert renew(ready, "due") == {"due": "renewed"}
    assert leaf("out/other.pem") == other


def test_each_client_has_one_line(ready):
    issued("fresh", hours=12, ago=7)
    issued("due", hours=12, ago=9)
    lines = ready("renew", "--out", "out", "--if-needed").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["due: renewed", "fresh: not due"]


def test_a_revoked_client_is_not_renewed_even_if_an_older_certificate_only_ended(ready):
    issued("gone", hours=1, ago=11, out="old")
    last = issued("gone", hours=12, ago=9)
    ready("revoke", "gone")
    with inventory.opened(PkiLayout()) as known:
        assert [one.is_revoked for one in known.issued("gone")] == [False, True]
        assert issuance.renewal_of(known, "gone")  # an operator may still renew it by name
    assert renew(ready) == {"gone": "revoked"}
    assert renew(ready, "gone") == {"gone": "revoked"}
    assert leaf("out/gone.pem") == last


def test_files_that_an_interrupted_run_did_not_write_are_due(ready):
    issued("shop", hours=12, ago=9)
    issued("shop", hours=12, ago=1, out="lost")
    assert renew(ready) == {"shop": "renewed"}
    assert renew(ready) == {"shop": "not due"}
    Path("out/.shop.incomplete").touch()
    assert renew(ready) == {"shop": "renewed"}


def test_a_failure_does_not_stop_the_others(ready):
    issued("by-request", hours=12, ago=9)
    Path("out/by-request.key").unlink()
    issued("damaged", hours=12, ago=9)
    Path("out/damaged.pem").write_text("not a certificate")
    issued("shop", hours=12, ago=9)
    shown = ready("renew", "--out", "out", "--if-needed", exit_code=ExitCode.FAILED)
    lines = dict(line.split(": ", 1) for line in shown.splitlines() if ": " in line)
    assert "--csr FILE" in lines["by-request"]
    assert lines["damaged"].startswith("failed")
    assert lines["shop"].startswith("renewed")


def test_an_unknown_client_fails(ready):
    Path("out").mkdir()
    assert renew(ready, "nobody", exit_code=ExitCode.FAILED) == {"nobody": "failed"}
    assert renew(ready) == {}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("renew", "--out", "out"), id="all without --if-needed"),
        pytest.param(("renew", "--out", "absent", "--if-needed"), id="no such folder"),
    ],
)
def test_misuse_is_refused(ready, command):
    with pytest.raises(PkiMisuseError):
        ready(*command)


class Stopped(BaseException):
    """In place of SIGKILL."""


def test_a_renewal_that_is_killed_anywhere_is_completed_by_the_next_run(ready, monkeypatch):
    """Every rename is the last one once: no client is dropped, and each pair fits."""
    real, calls = disk.Path.rename, [0, 0]

    def rename(self, target):
        calls[0] += 1
        if calls[0] == calls[1]:
            raise Stopped
        return real(self, target)

    monkeypatch.setattr(disk.Path, "rename", rename)
    last, has_stopped = 0, True
    while has_stopped:
        last += 1
        client = f"due-{last}"
        calls[:] = [0, 0]
        issued(client, hours=12, ago=9)
        calls[:] = [0, last]
        has_stopped = False
        try:
            renew(ready)
        except Stopped:
            has_stopped = True
            calls[:] = [0, 0]
            assert client in renew(ready)
        calls[:] = [0, 0]
        key = keys.from_pem(Path(f"out/{client}.key").read_bytes())
        assert keys.belongs(key, leaf(f"out/{client}.pem").public_key())
        assert renew(ready)[client] == "not due"
    assert last > 8


def test_a_client_that_keeps_its_key_gets_none_after_an_interruption(ready, monkeypatch):
    issued("own", hours=12, ago=9)
    Path("out/own.key").unlink()
    Path("own.csr").write_bytes(csr())
    with monkeypatch.context() as patched:
        patched.setattr(atomic, "write_public", _stop)
        with pytest.raises(Stopped):
            ready("renew", "own", "--csr", "own.csr", "--out", "out")
    assert renew(ready, exit_code=ExitCode.FAILED) == {"own": "failed"}
    assert not Path("out/own.key").exists()
    ready("renew", "own", "--csr", "own.csr", "--out", "out")
    assert renew(ready) == {"own": "not due"}


def _stop(*_arguments):
    raise Stopped
