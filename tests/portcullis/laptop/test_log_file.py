"""A log file for others to read: private, whole lines, bounded, empty at the start of a run."""

import asyncio
import os
import stat
from unittest.mock import patch

from portcullis.laptop.log_file import KEPT_FILES, LineFile


def test_lines_are_on_disk_at_once_and_for_their_owner_only(tmp_path):
    path = tmp_path / "access.jsonl"
    path.write_text("an earlier run\n")
    lines = LineFile(path)
    lines.write('{"a": 1}')
    lines.write("é")
    assert path.read_text() == '{"a": 1}\né\n'
    lines.close()


def test_lines_of_one_turn_of_the_loop_are_written_together_and_before_what_comes_later(tmp_path):
    path = tmp_path / "access.jsonl"
    read = []

    async def main():
        lines = LineFile(path)
        for line in "ab":
            lines.write_soon(line)
            asyncio.get_running_loop().call_soon(lambda: read.append(path.read_text()))
        await asyncio.sleep(0)
        lines.write_soon("c")
        lines.write("d")
        read.append(path.read_text())
        lines.write_soon("e")
        lines.close()
        read.append(path.read_text())

    with patch("os.write", wraps=os.write) as write:
        asyncio.run(main())
    assert [call.args[1] for call in write.mock_calls][:1] == [b"a\nb\n"]
    assert read == ["a\nb\n", "a\nb\n", "a\nb\nc\nd\n", "a\nb\nc\nd\ne\n"]


def test_a_new_file_is_private(tmp_path):
    LineFile(tmp_path / "new").close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_the_lines_of_earlier_runs_are_kept(tmp_path):
    path = tmp_path / "gates.jsonl"
    for run in range(KEPT_FILES + 3):
        lines = LineFile(path)
        lines.write(f"run {run}")
        lines.close()
    kept = {file.name: file.read_text() for file in tmp_path.iterdir()}
    last = KEPT_FILES + 2
    assert kept == {"gates.jsonl": f"run {last}\n"} | {
        f"gates.jsonl.{age}": f"run {last - age}\n" for age in range(1, KEPT_FILES + 1)
    }


def test_a_run_without_a_line_does_not_push_one_with_lines_out(tmp_path):
    for text in ("first", None, None):
        lines = LineFile(tmp_path / "log")
        if text:
            lines.write(text)
        lines.close()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["log", "log.1"]


def test_a_file_that_is_full_is_put_aside(tmp_path):
    lines = LineFile(tmp_path / "log", max_bytes=20)
    for number in range(8):
        lines.write(f"line {number}")
    lines.close()
    assert (tmp_path / "log").read_text() == "line 6\nline 7\n"
    assert (tmp_path / "log.1").read_text() == "line 3\nline 4\nline 5\n"
    assert stat.S_IMODE((tmp_path / "log.1").stat().st_mode) == 0o600
