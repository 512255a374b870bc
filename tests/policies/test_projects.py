"""A project or stack that is written almost like one beside the pack is recognised as misspelt."""

from pathlib import Path

import pytest

from policies.projects import misspelt, projects_beside, suggestion

KNOWN = {"shop": frozenset({"dev", "prod"}), "shop-bootstrap": frozenset({"ci"})}


def write(folder: Path, name: str, *stacks: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(name)
    for stack in stacks:
        (folder / f"Pulumi.{stack}.yaml").write_text("config: {}\n")


def test_the_projects_above_and_beside_the_pack_are_found(tmp_path):
    write(tmp_path, "name: shop\nruntime: python\n", "dev", "prod")
    write(tmp_path / "bootstrap", "name: shop-bootstrap\n", "ci")
    write(tmp_path / "below" / "deep", "name: deep\n", "dev")
    (tmp_path / "policies").mkdir()
    assert projects_beside(tmp_path / "policies") == KNOWN


@pytest.mark.parametrize("text", ["{", "- a list\n", "runtime: python\n", "name: [a]\n"], ids=str)
def test_a_project_file_that_names_no_project_is_left_out(tmp_path, text):
    write(tmp_path, text, "dev")
    assert projects_beside(tmp_path / "policies") == {}


def test_a_pack_that_stands_alone_knows_no_project(tmp_path):
    assert projects_beside(tmp_path / "policies") == {}
    assert misspelt("shpo", "dev", {}, ("shop", "dev")) == ""


@pytest.mark.parametrize(
    ("project", "stack", "judged", "says"),
    [
        ("shop", "dve", ("shop", "dev"), "shop has no stack 'dve' (did you mean 'dev'?)."),
        ("shop", "xyz", ("shop", "dev"), "shop has no stack 'xyz'."),
        ("shpo", "dev", ("shop", "dev"), "no project 'shpo' here (did you mean 'shop'?)."),
        ("shop-bootstrap", "dev", ("shop", "dev"), "has no stack 'dev'"),
        ("shop", "prod", ("shop", "dev"), ""),
        ("shop", "new", ("shop", "new"), ""),
        ("orders", "dev", ("shop", "dev"), ""),
        ("shops", "dev", ("shops", "dev"), ""),
        ("shops", "prod", ("shops", "dev"), ""),
        ("", "dve", ("shop", "dev"), "no project here has a stack 'dve' (did you mean 'dev'?)."),
        ("", "ci", ("shop", "dev"), ""),
        ("", "new", ("shop", "new"), ""),
        ("shpo", "", ("shop", "dev"), "no project 'shpo' here (did you mean 'shop'?)."),
        ("shop", "", ("shop", "dev"), ""),
        ("", "", ("shop", "dev"), ""),
    ],
    ids=[
        "stack",
        "stack like none",
        "project",
        "stack of another project",
        "another stack",
        "the judged stack has no file",
        "another project",
        "the judged project is not beside the pack",
        "another stack of such a project",
        "stack of any project",
        "existing stack of any project",
        "the judged stack of any project has no file",
        "project without a stack",
        "existing project without a stack",
        "neither",
    ],
)
def test_what_is_misspelt_is_named_with_what_was_meant(project, stack, judged, says):
    fault = misspelt(project, stack, KNOWN, judged)
    assert says in fault
    assert bool(says) is bool(fault)


def test_a_suggestion_is_made_only_for_a_word_like_it():
    assert suggestion("kms-key-rotate", ["kms-key-rotates", "x"]) == (
        " (did you mean 'kms-key-rotates'?)"
    )
    assert suggestion("zzz", ["kms-key-rotates"]) == ""
