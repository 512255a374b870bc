"""A log file for others to read: private, whole lines, empty at the start of a run."""

import stat

from portcullis.laptop.log_file import LineFile


def test_lines_are_on_disk_at_once_and_for_their_owner_only(tmp_path):
    path = tmp_path / "access.jsonl"
    path.write_text("an earlier run\n")
    lines = LineFile(path)
    lines.write('{"a": 1}')
    lines.write("é")
    assert path.read_text() == '{"a": 1}\né\n'
    lines.close()


def test_a_new_file_is_private(tmp_path):
    LineFile(tmp_path / "new").close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
