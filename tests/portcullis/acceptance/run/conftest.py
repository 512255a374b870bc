"""Short waits, and a lab with the real PetStore."""

import pytest

from portcullis.acceptance.wire import answer_reader
from tests.portcullis.acceptance.run.minting import PetStore


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(answer_reader, "QUIET_SECONDS", 0.1)


@pytest.fixture
def petstore(lab):
    """The lab with the real PetStore behind it."""
    lab.backend.close()
    lab.servers.remove(lab.backend)
    lab.backend = PetStore(lab)
    lab.control._act = lab.backend.act
    yield lab
    lab.backend.close()
