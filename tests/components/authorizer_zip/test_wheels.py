"""Wheels are fetched once, and only those that the lock pins."""

import shutil
import subprocess
import sys
import threading
import zipfile

import pytest

from components.authorizer_zip import wheels as authorizer_wheels
from components.authorizer_zip.build import (
    SOURCE,
    Platform,
)
from components.authorizer_zip.wheels import LockError, WheelsError, fetch
from portcullis.errors import PortcullisError
from tests.fetched_wheels import copy_wheels


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return copy_wheels(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("damage", ["changed", "gone", "manifest"])
def test_damaged_wheels_in_the_cache_are_fetched_anew(cache, tmp_path, damage):
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    lock = SOURCE / "requirements.txt"
    wheels = fetch(lock, Platform.LAPTOP, tmp_path)
    if damage == "changed":
        wheels[0].write_bytes(b"other bytes")
    elif damage == "gone":
        wheels[0].unlink()
    else:
        (wheels[0].parent / authorizer_wheels.MANIFEST).write_text("{}")
    again = fetch(lock, Platform.LAPTOP, tmp_path)
    assert again == wheels
    assert all(zipfile.is_zipfile(wheel) for wheel in again)
    assert sorted(path.name for path in tmp_path.iterdir()) == [wheels[0].parent.name]


def test_several_builds_at_once_end_with_one_cache(tmp_path):
    found: list[object] = []

    def run():
        try:
            found.append(fetch(SOURCE / "requirements.txt", Platform.LAPTOP, tmp_path))
        except PortcullisError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({str(wheels) for wheels in found}) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_network_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(WheelsError) as caught:
        fetch(SOURCE / "requirements.txt", Platform.LAMBDA, tmp_path / "cache")
    message = str(caught.value)
    assert "for the platform lambda" in message
    assert "No matching distribution found" in message
    assert "PIP_FIND_LINKS" in message
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_interpreter_without_pip_says_how_to_get_it(tmp_path, monkeypatch):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    monkeypatch.setattr(sys, "executable", str(bare / "bin" / "python"))
    with pytest.raises(WheelsError, match="ensurepip"):
        fetch(SOURCE / "requirements.txt", Platform.LAPTOP, tmp_path / "cache")


def test_a_wheel_that_the_lock_does_not_pin_is_refused(tmp_path):
    lock = tmp_path / "requirements.txt"
    text = (SOURCE / "requirements.txt").read_text()
    hashes = authorizer_wheels._HASH.findall(text)
    for digest in hashes:
        text = text.replace(digest, digest[::-1])
    lock.write_text(text)
    with pytest.raises(WheelsError, match="its hash differs"):
        fetch(lock, Platform.LAPTOP, tmp_path / "cache")


@pytest.mark.parametrize("text", ["", "# nothing\n", "cryptography==50.0.2\n"])
def test_a_lock_without_hashes_is_refused(tmp_path, text):
    lock = tmp_path / "requirements.txt"
    lock.write_text(text)
    with pytest.raises(LockError, match="make lock"):
        fetch(lock, Platform.LAPTOP, tmp_path)
