"""Files appear whole or not at all, with their final mode from the start."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from portcullis.pki import atomic
from portcullis.pki.errors import KeyExposedError, LockedError, StorageError


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_is_private_under_any_umask(tmp_path, umask):
    atomic.write_private(tmp_path / "a.key", b"secret")
    assert mode(tmp_path / "a.key") == 0o600


def test_a_private_file_is_never_open_to_others_not_even_as_a_draft(tmp_path, monkeypatch):
    seen = []
    real_open = os.open

    def watching_open(path, flags, *arguments, **options):
        descriptor = real_open(path, flags, *arguments, **options)
        if flags & os.O_CREAT:
            seen.append((stat.S_IMODE(os.fstat(descriptor).st_mode), flags))
        return descriptor

    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "open", watching_open)
        atomic.write_private(tmp_path / "a.key", b"secret")
    finally:
        os.umask(before)
    assert [m for m, _ in seen] == [0o600]
    assert all(flags & os.O_EXCL and flags & os.O_NOFOLLOW for _, flags in seen)


def test_new_folders_are_private_and_existing_ones_stay_as_they_are(tmp_path, umask):
    tmp_path.chmod(0o755)
    atomic.make_private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path) == 0o755
    assert mode(tmp_path / "a") == 0o700
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "a.pem"
    atomic.write_public(path, b"old")

    def disk_full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(StorageError, match="No space left on device"):
        atomic.write_public(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.pem"]


def test_files_written_together_change_together_or_not_at_all(tmp_path, monkeypatch):
    key, certificate, marker = tmp_path / "a.key", tmp_path / "a.pem", tmp_path / ".a.incomplete"
    atomic.write_together(marker, private={key: b"key 1"}, public={certificate: b"leaf 1"})
    assert not marker.exists()
    assert mode(key) == 0o600

    written = []
    real_fsync = os.fsync

    def second_file_does_not_fit(descriptor):
        written.append(descriptor)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", second_file_does_not_fit)
    with pytest.raises(StorageError):
        atomic.write_together(marker, private={key: b"key 2"}, public={certificate: b"leaf 2"})
    assert (key.read_bytes(), certificate.read_bytes()) == (b"key 1", b"leaf 1")
    assert names_in(tmp_path) == ["a.key", "a.pem"]


def test_a_stop_between_two_renames_is_seen_by_its_marker(tmp_path, monkeypatch):
    key, certificate, marker = tmp_path / "a.key", tmp_path / "a.pem", tmp_path / ".a.incomplete"
    rename = type(key).rename

    def stop_at_the_certificate(self, target):
        if target == certificate:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(key), "rename", stop_at_the_certificate)
    with pytest.raises(KeyboardInterrupt):
        atomic.write_together(marker, private={key: b"key"}, public={certificate: b"leaf"})
    assert marker.exists()
    assert names_in(tmp_path) == [".a.incomplete", "a.key"]


def test_a_folder_appears_only_when_it_is_full(tmp_path):
    path = tmp_path / "ca"
    with atomic.new_folder(path) as draft:
        atomic.write_private(draft / "root.key", b"key")
        assert not path.exists()
    assert names_in(path) == ["root.key"]
    assert mode(path) == 0o700


def test_a_folder_that_could_not_be_filled_leaves_nothing(tmp_path):
    def fill():
        with atomic.new_folder(tmp_path / "ca") as draft:
            atomic.write_private(draft / "root.key", b"key")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert names_in(tmp_path) == []


def test_a_folder_that_came_to_hold_something_is_not_replaced(tmp_path):
    path = tmp_path / "ca"

    def fill():
        with atomic.new_folder(path) as draft:
            atomic.write_private(draft / "root.key", b"mine")
            path.mkdir()
            (path / "root.key").write_bytes(b"theirs")

    with pytest.raises(StorageError):
        fill()
    assert (path / "root.key").read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["ca"]


def test_what_is_moved_aside_keeps_its_suffix_and_never_replaces_another(tmp_path):
    path, now = tmp_path / "a.key", datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    names = []
    for content in (b"1", b"2", b"3"):
        path.write_bytes(content)
        names.append(atomic.move_aside(path, now).name)
    assert names == [
        "a.replaced-20261122T150000Z.key",
        "a.replaced-20261122T150000Z-2.key",
        "a.replaced-20261122T150000Z-3.key",
    ]
    assert atomic.move_aside(path, now) is None


def test_drafts_of_an_interrupted_writer_are_removed_and_nothing_else(tmp_path):
    atomic.make_private_folder(tmp_path / ".client-ca.0123456789ab.tmp")
    (tmp_path / ".client-ca.0123456789ab.tmp" / ".root.key.ba9876543210.tmp").write_bytes(b"key")
    atomic.make_private_folder(tmp_path / "clients")
    (tmp_path / "clients" / ".a.key.0123456789ab.tmp").write_bytes(b"key")
    (tmp_path / "clients" / "a.key").write_bytes(b"key")
    atomic.remove_drafts(tmp_path)
    assert names_in(tmp_path) == ["clients"]
    assert names_in(tmp_path / "clients") == ["a.key"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o666], ids=oct)
def test_a_key_that_others_can_reach_is_not_read(tmp_path, bits):
    path = tmp_path / "a.key"
    path.write_bytes(b"secret")
    path.chmod(bits)
    with pytest.raises(KeyExposedError, match=f"chmod 600 {path}"):
        atomic.read_private(path)
    path.chmod(0o400)
    assert atomic.read_private(path) == b"secret"


def test_a_folder_below_a_file_is_an_error_for_people(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="Not a directory"):
        atomic.make_private_folder(tmp_path / "file" / "folder")


HOLD_THE_LOCK = """
import sys, pathlib
from portcullis.pki import atomic
with atomic.exclusive(pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def first_writer(tmp_path):
    command = [sys.executable, "-c", HOLD_THE_LOCK, tmp_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"locked\n"
        yield process
        process.kill()


def test_a_second_writer_waits_and_then_says_who_is_in_its_way(tmp_path, first_writer):
    with pytest.raises(LockedError, match="Another process"), atomic.exclusive(tmp_path, 0.05):
        pass
    first_writer.stdin.close()
    with atomic.exclusive(tmp_path, 300):
        pass
