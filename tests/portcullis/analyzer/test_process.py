"""A pack's process comes up, or its failure is told; it never outlives the block."""

import socket

import pytest

from portcullis.analyzer.process import PackError, PackStartError, pack_process, pack_version
from tests.portcullis.analyzer.strange_pack import PACK, write_pack


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_the_pack_serves_inside_the_block_only(tmp_path):
    with pack_process(write_pack(tmp_path, PACK)) as port:
        assert answers(port)
    assert not answers(port)


def test_the_pack_is_stopped_when_the_block_fails(tmp_path):
    def fail():
        with pack_process(write_pack(tmp_path, PACK)) as port:
            ports.append(port)
            raise KeyboardInterrupt

    ports = []
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not answers(ports[0])


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import no_such_module", "no_such_module"),
        ("raise SystemExit(3)", "exit code 3"),
        ("pass", "does not serve"),
        ("print('hello')", "hello"),
    ],
    ids=["import", "exit", "empty", "chatty"],
)
def test_a_pack_that_does_not_come_up_is_told(tmp_path, program, says):
    with (
        pytest.raises(PackStartError, match=says),
        pack_process(write_pack(tmp_path, program)),
    ):
        pytest.fail("the pack came up")


@pytest.mark.parametrize(
    ("project", "says"),
    [
        ("name: x\nruntime: nodejs\n", "'nodejs'"),
        ("name: x\n", "None"),
        ("- a list\n", "must be a YAML mapping"),
        ("{", "must be a YAML mapping"),
    ],
    ids=["nodejs", "no runtime", "list", "broken"],
)
def test_a_project_file_for_something_else_is_misuse(tmp_path, project, says):
    with (
        pytest.raises(PackError, match=says),
        pack_process(write_pack(tmp_path, PACK, project)),
    ):
        pytest.fail("the pack came up")


def test_a_folder_without_a_project_file_is_misuse(tmp_path):
    with pytest.raises(PackError, match="not a policy pack"), pack_process(tmp_path):
        pytest.fail("the pack came up")


def test_a_missing_virtual_environment_falls_back_to_this_interpreter(tmp_path):
    project = "name: x\nruntime:\n  name: python\n  options:\n    virtualenv: nowhere\n"
    with pack_process(write_pack(tmp_path, PACK, project)) as port:
        assert answers(port)


@pytest.mark.parametrize(
    ("line", "version"), [("version: 1.2.3\n", "1.2.3"), ("", "")], ids=["given", "left out"]
)
def test_the_version_of_a_pack_is_that_of_its_project_file(tmp_path, line, version):
    folder = write_pack(tmp_path, PACK, f"name: x\nruntime: python\n{line}")
    assert pack_version(folder) == version
