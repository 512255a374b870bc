"""The cases of the matrix, and the simplest case of all, for tests of the run."""

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.matrix.catalog import matrix

CASES = matrix().cases
BACKEND = matrix().section("The backend on its own")
HEADERS = matrix().section("What reaches the backend")
RATE = matrix().section("Rate limit")
BY_NAME = {case.name: case for case in CASES}
REQUEST = matrix().read
THREE_PETS = BY_NAME["valid-read"].expect
READ = Case(name="read", attack="", caller=CaseCaller.CLIENT, action=REQUEST, expect=THREE_PETS)
LAYER = "x-portcullis-layer"
FORBIDDEN = {"message": "Forbidden"}


def only(report):
    (result,) = report.results
    return result
