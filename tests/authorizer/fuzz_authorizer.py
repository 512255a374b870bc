"""The same hostile input, steered by coverage. Needs Linux and `pip install atheris`.

Run: python tests/authorizer/fuzz_authorizer.py -runs=100000 CORPUS_FOLDER
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["authorizer"]):
    from tests.authorizer.hostile import check, hostile_bench


class FuzzedChoices:
    """Reads choices from the fuzzer's bytes; an exhausted input always takes the first."""

    def __init__(self, provided: bytes) -> None:
        self._provider = atheris.FuzzedDataProvider(provided)

    def randrange(self, stop: int, /) -> int:
        return int(self._provider.ConsumeIntInRange(0, stop - 1))


BENCH = hostile_bench()


def one_input(provided: bytes) -> None:
    check(BENCH, FuzzedChoices(provided))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
