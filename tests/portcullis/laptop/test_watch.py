"""A change is seen once it has settled: edits, renames, files in parts, new and removed ones."""

import asyncio

import pytest

from portcullis.laptop import watch
from portcullis.laptop.watch import Watch


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(watch, "SETTLED_SECONDS", 0.02)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "components").mkdir(parents=True)
    (folder / "components" / "api.py").write_text("one")
    (folder / "clients.yaml").write_text("one")
    return folder


def seen(watching, *changes):
    """What is reported after these changes, each made while the watch waits."""

    async def run():
        waiting = asyncio.create_task(watching.changed())
        for change in changes:
            await asyncio.sleep(0.005)
            change()
        return await asyncio.wait_for(waiting, 300)

    return asyncio.run(run())


def test_an_edit_a_new_and_a_removed_file_are_named(project):
    def change():
        (project / "components" / "api.py").write_text("other")
        (project / "new.py").write_text("one")
        (project / "clients.yaml").unlink()

    names = ["clients.yaml", "components/api.py", "new.py"]
    assert seen(Watch(project), change) == [project / name for name in names]


def test_a_save_by_renaming_is_one_change(project):
    file, draft = project / "clients.yaml", project / ".clients.yaml.swp"

    def write_draft():
        draft.write_text("one")  # of the same size

    assert seen(Watch(project), file.unlink, write_draft, lambda: draft.rename(file)) == [file]


def test_a_file_that_is_written_in_parts_is_reported_when_it_is_whole(project):
    file, parts = project / "clients.yaml", []

    def append():
        parts.append("part")
        with file.open("a") as open_file:
            open_file.write("part")

    assert seen(Watch(project), *[append] * 5) == [file]
    assert len(parts) == 5


def test_a_change_during_a_reload_is_reported_by_the_next_wait(project):
    watching = Watch(project)
    seen(watching, lambda: (project / "clients.yaml").write_text("second"))
    (project / "components" / "api.py").write_text("during the reload")
    assert seen(watching) == [project / "components" / "api.py"]


def test_files_that_no_plan_reads_are_left_out_and_named_ones_are_not(project, tmp_path):
    contract = tmp_path / "contract.yaml"
    (project / "tests").mkdir()

    def change():
        for name in (".hidden.py", "notes.md", "tests/test_api.py"):
            (project / name).write_text("text")
        contract.write_text("openapi: 3.0.1")

    assert seen(Watch(project, contract), change) == [contract]


def test_a_link_to_a_folder_above_ends(project):
    (project / "loop").symlink_to(project)
    change = (project / "clients.yaml").unlink
    assert seen(Watch(project), change) == [project / "clients.yaml"]
