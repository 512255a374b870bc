"""A gateway under inspection, and one Chromium for every page."""

import pytest

from tests.portcullis.inspector.chromium import Chromium, why_not
from tests.portcullis.inspector.inspected import inspected


@pytest.fixture
def watched(tmp_path):
    return inspected(tmp_path)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    with Chromium(tmp_path_factory.mktemp("c")) as browser:
        yield browser
