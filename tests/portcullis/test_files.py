"""A file is replaced whole or not at all; a folder has one writer at a time."""

import os
import stat
import subprocess
import sys

import pytest

from portcullis import files


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
@pytest.mark.parametrize("mode", [0o600, 0o644], ids=oct)
def test_a_file_has_its_mode_under_any_umask(tmp_path, umask, mode):
    path = tmp_path / "a"
    before = os.umask(umask)
    try:
        files.replace(path, b"content", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    files.replace(tmp_path / "link", b"new", mode=0o644)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "a"
    files.replace(path, b"old", mode=0o644)

    def disk_full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space left"):
        files.replace(path, b"new", mode=0o644)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


def test_a_failed_rename_leaves_no_draft(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        files.replace(tmp_path / "folder", b"new", mode=0o644)
    assert names_in(tmp_path) == ["folder"]


HOLD_THE_LOCK = """
import sys, pathlib
from portcullis import files
with files.exclusive(pathlib.Path(sys.argv[1])):
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


def test_a_second_writer_waits_and_then_gives_up(tmp_path, first_writer):
    with pytest.raises(TimeoutError, match="another process"), files.exclusive(tmp_path, 0.05):
        pass
    first_writer.stdin.close()
    with files.exclusive(tmp_path, 30):
        pass
    assert names_in(tmp_path) == []


def test_the_lock_of_a_killed_process_is_free(tmp_path, first_writer):
    first_writer.kill()
    with files.exclusive(tmp_path, 30):
        pass
