"""A zip whose bytes depend on its entries alone."""

import zipfile

from components.authorizer_zip.archive import archive, entries_of, stored


def test_an_archive_copies_entries_without_touching_them(tmp_path):
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as zipped:
        zipped.writestr("empty", b"")
        zipped.mkdir("folder")
        zipped.writestr("stored", b"x" * 99, compress_type=zipfile.ZIP_STORED)
        zipped.writestr("deflated", b"y" * 9999, compress_type=zipfile.ZIP_DEFLATED)
    copied = tmp_path / "b.zip"
    copied.write_bytes(archive([*entries_of(wheel), stored("ours", b"z")]))
    with zipfile.ZipFile(copied) as zipped:
        assert zipped.testzip() is None
        assert {n: len(zipped.read(n)) for n in zipped.namelist()} == {
            "deflated": 9999,
            "empty": 0,
            "ours": 1,
            "stored": 99,
        }
