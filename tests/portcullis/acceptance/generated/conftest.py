"""The cases that are made from the operations of a contract."""

import pytest

from portcullis.acceptance.catalog.matrix import OPERATIONS, build


@pytest.fixture
def cases(tmp_path):
    def of(text, **options):
        file = tmp_path / "contract.yaml"
        file.write_text(text)
        return {case.name: case for case in build(file, **options).section(OPERATIONS)}

    return of
