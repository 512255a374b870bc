"""A client's own pair survives a kill at any moment of its replacement."""

import signal
import subprocess
import sys
import time

import pytest

from portcullis import files
from portcullis.pki import atomic, keys
from portcullis.pki.authority import Authority
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import KeyExposedError, PkiMisuseError
from portcullis.pki.own_pair import OwnPair, PairBrokenError


@pytest.fixture(scope="module")
def authority():
    return Authority.root("client")


@pytest.fixture
def pair(tmp_path, authority):
    own = OwnPair(certificate=tmp_path / "shop.pem", key=tmp_path / "shop.key")
    first = authority.issue_client("shop", [])
    atomic.write_private(own.key, first.key_pem)
    atomic.write_public(own.certificate, first.certificate_pem)
    return own


def test_the_new_pair_takes_the_place_of_the_old_one(pair, authority):
    new = authority.issue_client("shop", [])
    pair.replace(new.key, new.certificate_pem)
    assert pair.read()[0] == new.certificate
    assert pair.key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in pair.key.parent.iterdir()) == ["shop.key", "shop.pem"]


@pytest.mark.parametrize("moment", range(3), ids=["before both", "before one", "before the end"])
def test_a_replacement_that_was_interrupted_is_finished(pair, authority, monkeypatch, moment):
    new, calls = authority.issue_client("shop", []), []

    def stopping(drafts):
        if pair.pending not in drafts:
            calls.append(drafts)
            if len(calls) > moment:
                raise KeyboardInterrupt
        real(drafts)

    real = files.put
    monkeypatch.setattr(files, "put", stopping)
    monkeypatch.setattr(atomic, "remove", lambda _path: stopping({}))
    with pytest.raises(KeyboardInterrupt):
        pair.replace(new.key, new.certificate_pem)
    monkeypatch.undo()
    assert pair.read()[0] == new.certificate
    assert not pair.pending.exists()


def test_a_replacement_that_had_not_begun_changes_nothing(pair, authority, monkeypatch):
    before, new = pair.read()[0], authority.issue_client("shop", [])

    def stop(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "put", stop)
    with pytest.raises(KeyboardInterrupt):
        pair.replace(new.key, new.certificate_pem)
    monkeypatch.undo()
    assert pair.read()[0] == before


def test_a_pair_that_was_only_tried_is_forgotten(pair, authority):
    before, new = pair.read()[0], authority.issue_client("shop", [])
    with pair.tried(new.key, new.certificate_pem) as file:
        assert file.read_bytes() == new.key_pem + new.certificate_pem
        assert file.stat().st_mode & 0o777 == 0o600
    assert not file.exists()
    file.write_text("left by a run that was killed")
    assert pair.read()[0] == before
    assert not file.exists()


WRITER = """
import sys
from pathlib import Path
from portcullis.pki import keys
from portcullis.pki.authority import Authority
from portcullis.pki.own_pair import OwnPair
pair = OwnPair(certificate=Path(sys.argv[1]), key=Path(sys.argv[2]))
authority = Authority.root("client")
made = [authority.issue_client("shop", []) for _ in range(20)]
print("ready", flush=True)
while True:
    for one in made:
        pair.replace(one.key, one.certificate_pem)
"""


def test_random_kills_leave_a_pair_that_fits(pair):
    for number in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(pair.certificate), str(pair.key)],
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        time.sleep(0.003 * number)  # another moment of the loop each time
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        leaf, key = pair.read()
        assert keys.belongs(key, leaf.public_key())


def test_one_file_for_both_is_refused(tmp_path):
    with pytest.raises(PkiMisuseError, match="same file"):
        OwnPair(certificate=tmp_path / "both.pem", key=tmp_path / "both.pem")


def test_a_key_that_others_can_read_is_refused(pair):
    pair.key.chmod(0o644)
    with pytest.raises(KeyExposedError):
        pair.read()


def test_files_that_do_not_fit_are_refused(pair, authority):
    atomic.write_public(pair.certificate, to_pem(authority.issue_client("shop", []).certificate))
    with pytest.raises(PairBrokenError, match="does not hold the key"):
        pair.read()
