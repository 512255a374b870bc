"""One process of the strange pack serves every test of this folder."""

import pytest

from portcullis.analyzer import running_pack
from tests.portcullis.analyzer.strange_pack import PACK, write_pack


@pytest.fixture(scope="session")
def strange(tmp_path_factory):
    with running_pack(write_pack(tmp_path_factory.mktemp("strange"), PACK)) as pack:
        yield pack
