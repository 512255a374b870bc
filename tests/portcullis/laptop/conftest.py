"""One laptop for every test that breaks nothing, and a copy of the project for those that do."""

import pytest

from tests.portcullis.laptop.copies import copy_project
from tests.portcullis.laptop.running import running


@pytest.fixture(scope="session")
def laptop(tmp_path_factory):
    """One laptop for every test that breaks nothing."""
    with running(tmp_path_factory.mktemp("laptop")) as started:
        yield started


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path)
