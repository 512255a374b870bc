"""The table of generated responses: its types and statuses are AWS's."""

import pytest

from portcullis.gateway.gates.answers import ANSWERS
from portcullis.gateway.resources.overlays import RESPONSE_TYPES


def test_every_row_names_a_type_aws_has_or_none():
    assert {a.type for a in ANSWERS.values()} <= {None, *RESPONSE_TYPES}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_every_row_has_the_status_of_its_type(name):
    row = ANSWERS[name]
    # None: AWS gives the type no status of its own, for example DEFAULT_5XX.
    assert row.type is None or RESPONSE_TYPES[row.type] in {row.status, None}
    assert row.when.endswith(".")
