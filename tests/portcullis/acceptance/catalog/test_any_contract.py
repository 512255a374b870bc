"""No contract that API Gateway imports ends in a traceback: it has a matrix, or a clear refusal."""

import contextlib
import json

import pytest

from portcullis.acceptance.catalog.matrix import build
from portcullis.acceptance.errors import NoReadError
from portcullis.contract.contract import Contract
from portcullis.contract.faults import ContractError
from tests.portcullis.contract.test_any_document import PLACES, changed

VALUES = [None, "a", {}, {"type": 7}, {"type": "string", "pattern": "["}]
READ = {"parameters", "requestBody", "schema", "schemas"}  # where the matrix reads the document


@pytest.mark.parametrize(
    "place",
    [place for place in PLACES if READ & set(place)],
    ids=lambda place: ".".join(map(str, place)),
)
def test_a_changed_contract_has_a_matrix_if_it_is_taken(tmp_path, place):
    file = tmp_path / "contract.json"
    for value in VALUES:
        file.write_text(json.dumps(changed(place, value)))
        try:
            Contract.load(file)
        except ContractError:
            continue
        with contextlib.suppress(NoReadError):
            assert len(build(file).cases) > 80
