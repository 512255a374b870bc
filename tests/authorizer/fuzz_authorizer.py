"""The same hostile input, steered by coverage. Needs atheris, which has wheels for Linux on x86-64.

Run: python tests/authorizer/fuzz_authorizer.py -runs=100000 CORPUS_FOLDER tests/authorizer/corpus
What it finds new goes to the first folder; test_fuzz.py says how `corpus/` was chosen.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["authorizer"]):
    from tests.authorizer.hostile import GivenChoices, check, hostile_bench

BENCH = hostile_bench()


def one_input(provided: bytes) -> None:
    check(BENCH, GivenChoices(provided))


def main() -> None:
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
