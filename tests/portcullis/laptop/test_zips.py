"""Old zips of earlier plans are removed; what is served, fresh or for Lambda stays."""

import os

from portcullis import program
from portcullis.laptop.zips import BUILD_FOLDER, KEPT_SECONDS, prune_zips
from tests.portcullis.laptop.exported.stacks import function, stack


def test_only_old_unused_zips_of_a_laptop_are_removed(tmp_path):
    folder = tmp_path / BUILD_FOLDER
    folder.mkdir(parents=True)
    names = ("laptop-served", "laptop-old", "laptop-fresh", "lambda-old")
    served, old, fresh, foreign = files = [folder / f"authorizer-{name}.zip" for name in names]
    for file in files:
        file.write_bytes(b"")
    for file in (served, old, foreign):
        age = file.stat().st_mtime - KEPT_SECONDS - 1
        os.utime(file, (age, age))
    code = {**function().inputs["code"], "path": str(served)}
    prune_zips(tmp_path, stack(function(code=code, runtime="python3.11", handler="a.b")))
    assert [file for file in files if file.exists()] == [served, fresh, foreign]
    prune_zips(tmp_path / "nowhere", stack())


def test_the_folder_is_the_one_of_the_program():
    assert BUILD_FOLDER == program.BUILD_FOLDER
