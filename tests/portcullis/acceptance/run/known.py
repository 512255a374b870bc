"""The cases of the matrix, and the simplest case of all, for tests of the run."""

from functools import partial

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.run import runner
from tests.portcullis.acceptance.sample_matrix import sample

SAMPLE = sample()
CASES = SAMPLE.cases
BACKEND = SAMPLE.section("The backend on its own")
HEADERS = SAMPLE.section("What reaches the backend")
RATE = SAMPLE.section("Rate limit")
BY_NAME = {case.name: case for case in CASES}
REQUEST = SAMPLE.read
run = partial(runner.run, reads=SAMPLE.reads)
THREE_PETS = BY_NAME["valid-read"].expect
READ = Case(name="read", attack="", caller=CaseCaller.CLIENT, request=REQUEST, expect=THREE_PETS)
LAYER = "x-portcullis-layer"
FORBIDDEN = {"message": "Forbidden"}


def only(report):
    (result,) = report.results
    return result
