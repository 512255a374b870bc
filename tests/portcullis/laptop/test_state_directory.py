"""One laptop per state directory, and nothing stale stands in its way."""

import os
import stat

import pytest

from portcullis.errors import PortcullisError
from portcullis.laptop.state_directory import StateDirectory


def test_a_second_laptop_in_the_same_folder_is_refused_with_the_process_id(tmp_path):
    with (
        StateDirectory(tmp_path).held(),
        pytest.raises(PortcullisError, match=f"process {os.getpid()}.*--state-dir"),
        StateDirectory(tmp_path).held(),
    ):
        pass


def test_the_files_of_a_killed_laptop_do_not_stop_the_next_one(tmp_path):
    state = StateDirectory(tmp_path)
    state.make()
    state.ready_file.write_text("{}")
    (state.run / "lock").write_text("999999\n")
    with state.held():
        assert not state.ready_file.exists()


def test_the_folders_are_private(tmp_path):
    state = StateDirectory(tmp_path / "state")
    state.make()
    for folder in (state.root, state.logs, state.run):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_control_socket_fits_its_limit_in_a_deep_folder(tmp_path):
    deep = StateDirectory(tmp_path / ("x" * 120))
    socket = deep.control_socket()
    assert len(str(socket)) < 108
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
