"""Certificates once for the folder, and the lab of lab.py started and stopped."""

import pytest

from portcullis.pki.laptop import ensure
from tests.portcullis.acceptance.lab import CLIENTS, Lab, Server


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return ensure(tmp_path_factory.mktemp("pki"), hosts=["localhost"], clients=CLIENTS)


@pytest.fixture
def lab(pki, tmp_path):
    lab = Lab(pki=pki, folder=tmp_path)
    yield lab.start()
    lab.close()


@pytest.fixture
def serve():
    """Single servers for a test; closed afterwards."""
    started = []

    def run(reply, context=None):
        started.append(Server(reply, context))
        return started[-1]

    yield run
    for server in started:
        server.close()
