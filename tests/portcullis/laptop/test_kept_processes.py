"""The pack that judges is kept, and started again when its files change or it has failed."""

import socket

import pytest

from portcullis.analyzer.harness import AnalyzerError
from portcullis.laptop.kept_processes import KeptProcesses, begun
from portcullis.laptop.plan import pack_judge
from tests.portcullis.analyzer.strange_pack import PACK, write_pack


@pytest.fixture
def project(tmp_path):
    write_pack(tmp_path / "policies", PACK)
    return tmp_path


@pytest.fixture
def processes():
    kept = KeptProcesses()
    yield kept
    kept.end()


def test_the_pack_of_a_changed_file_is_another_process(project, processes):
    first = processes.pack_port(project)
    assert processes.pack_port(project) == first
    (project / "policies" / "waivers.yaml").write_text("waivers: []\n")
    assert processes.pack_port(project) != first


def test_a_pack_that_failed_is_started_again(project, processes):
    judge_of = pack_judge(processes)
    first = processes.pack_port(project)
    with pytest.raises(AnalyzerError), judge_of(project):
        raise AnalyzerError("the pack failed")
    assert processes.pack_port(project) != first


def test_a_host_that_ended_is_replaced(project, processes):
    first = processes.host(project)
    assert processes.host(project) is first
    first.kill()
    first._process.wait()
    assert processes.host(project) is not first


def test_what_was_begun_ends_with_the_block_although_nothing_used_it(project, tmp_path):
    with begun(project, tmp_path / "imports.txt") as processes:
        host = processes.host(project)
        port = processes.pack_port(project)
    assert not host.is_running
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
