"""No code outside the sample's own folders names the sample."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = (
    "__main__.py",
    "authorizer",
    "benchmarks",
    "bootstrap",
    "components",
    "policies",
    "portcullis",
)
SAMPLE = ("portcullis/petstore/", "components/petstore_api.py")
NAMED = re.compile(
    r"(?<![A-Za-z])[Pp]ets?(?![a-z])|[Pp]et[Ss]tore|(?<![A-Za-z])pet(?=[A-Z])|[a-z]Pets?(?![a-z])|PETS?(?![A-Z])|PETSTORE"
)


def modules():
    for top in CODE:
        path = ROOT / top
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def test_no_module_outside_the_sample_names_it():
    named = [
        f"{name}:{number}: {line.strip()}"
        for path in modules()
        if not (name := path.relative_to(ROOT).as_posix()).startswith(SAMPLE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if NAMED.search(line)
    ]
    assert named == []


def test_the_folders_of_the_sample_exist():
    assert [name for name in SAMPLE if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "text",
    ["GET /pets", "pet-shop", "PetStoreApi", "listPets", "petId", "PETSTORE", "a pet", "pets:read"],
)
def test_a_name_is_found(text):
    assert NAMED.search(text)


@pytest.mark.parametrize(
    "text", ["repetition", "compete", "competition", "carpet", "trumpets", "petition"]
)
def test_another_word_is_not(text):
    assert not NAMED.search(text)
