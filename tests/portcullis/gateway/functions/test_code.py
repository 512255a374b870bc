"""Unpacking a deployment package: what it holds, and nothing beyond its directory."""

import hashlib
import os
import stat
import subprocess
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portcullis.gateway.functions.code import FunctionCodeError, Workspace


@pytest.fixture
def workspace(tmp_path):
    with Workspace(tmp_path / "functions") as opened:
        yield opened


@pytest.fixture
def package(tmp_path):
    def make(entries) -> str:
        path = tmp_path / "code.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path

    return make


def entry(name, mode=0o644, kind=stat.S_IFREG):
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr = (kind | mode) << 16
    return info


def test_the_content_stands_in_a_directory_named_after_the_zip(workspace, package):
    code = package([("authorizer/handler.py", "x = 1"), ("authorizer/clients.json", "{}")])
    directory = workspace.unpack(code)
    assert directory.name == hashlib.sha256(code.read_bytes()).hexdigest()
    assert (directory / "authorizer/handler.py").read_text() == "x = 1"
    assert workspace.unpack(code) == directory


def test_another_run_finds_nothing_of_an_earlier_one(tmp_path, package):
    code = package([("a.py", "1")])
    with Workspace(tmp_path / "functions") as first:
        (first.unpack(code) / "a.py").write_text("changed by someone")
        with Workspace(tmp_path / "functions") as second:
            assert (second.unpack(code) / "a.py").read_text() == "1"
            assert (first.unpack(code) / "a.py").exists()  # and leaves the living one alone
    assert list((tmp_path / "functions").iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from portcullis.gateway.functions.code import Workspace;"
        "print(Workspace(Path(sys.argv[1])).path, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = tmp_path / "functions"
    done = subprocess.run(
        [sys.executable, "-c", program, root],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert os.path.isdir(done.stdout.strip())  # noqa: PTH112 - a string from outside
    with Workspace(root) as workspace:
        assert list(root.iterdir()) == [workspace.path]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(entry("../evil.py"), id="parent"),
        pytest.param(entry("a/../../evil.py"), id="parent-inside"),
        pytest.param(entry("/etc/evil.py"), id="absolute"),
        pytest.param(entry("a\\..\\evil.py"), id="backslash"),
        pytest.param(entry("link", kind=stat.S_IFLNK), id="symbolic-link"),
        pytest.param(entry("pipe", kind=stat.S_IFIFO), id="pipe"),
        pytest.param(entry("device", kind=stat.S_IFCHR), id="device"),
        pytest.param(entry("good.py/under-a-file"), id="file-as-directory"),
        pytest.param(entry("./good.py"), id="same-file-again"),
    ],
)
def test_an_entry_that_leads_outside_is_refused(workspace, package, tmp_path, bad):
    code = package([("good.py", "1"), (bad, "evil")])
    before = set(tmp_path.rglob("evil*"))
    with pytest.raises(FunctionCodeError, match="Cannot unpack"):
        workspace.unpack(code)
    assert set(tmp_path.rglob("evil*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused(workspace, package):
    with pytest.raises(FunctionCodeError, match=r"two entries named 'a\.py'"):
        workspace.unpack(package([("a.py", "1"), ("a.py", "2")]))


def test_too_large_a_package_is_refused_before_anything_is_written(workspace, tmp_path):
    code = tmp_path / "bomb.zip"
    with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(26):
            archive.writestr(f"{number}", b"\0" * 10_485_760)
    with pytest.raises(FunctionCodeError, match="262144000"):
        workspace.unpack(code)


def test_a_file_that_is_not_a_zip_is_refused(workspace, tmp_path):
    junk = tmp_path / "junk.zip"
    junk.write_bytes(b"not a zip")
    with pytest.raises(FunctionCodeError, match="Cannot unpack"):
        workspace.unpack(junk)
    with pytest.raises(FunctionCodeError, match=r"Cannot read .*absent\.zip"):
        workspace.unpack(tmp_path / "absent.zip")


def test_executables_stay_so_and_nothing_else_does(workspace, package):
    directory = workspace.unpack(package([(entry("run", 0o755), ""), (entry("lib", 0o6644), "")]))
    assert stat.S_IMODE((directory / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((directory / "lib").stat().st_mode) == 0o644


def test_the_runtime_holds_what_aws_gives_and_nothing_of_ours(workspace):
    names = {path.name.split(".")[0] for path in workspace.runtime().iterdir()}
    assert {"awslambdaric", "runtime_client", "boto3", "botocore"} <= names
    assert not {"portcullis", "cryptography", "jwt", "aiohttp"} & names


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.text("ab./\\\0 \n:~", min_size=1, max_size=8), max_size=4))
def test_no_entry_is_written_outside_the_directory(workspace, tmp_path, names):
    code = tmp_path / "fuzz.zip"
    with zipfile.ZipFile(code, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(entry(name), "x")
    outside = {p for p in tmp_path.rglob("*") if workspace.path not in p.parents}
    try:
        directory = workspace.unpack(code)
    except FunctionCodeError:
        directory = None
    after = {p for p in tmp_path.rglob("*") if workspace.path not in p.parents}
    assert after == outside
    if directory is not None:
        assert all(not p.is_symlink() for p in directory.rglob("*"))
