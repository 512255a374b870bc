"""One laptop for every test that breaks nothing, and a copy of the project for those that do."""

import pytest

from tests.portcullis.laptop.copies import copy_project
from tests.portcullis.laptop.running import running
from tests.portcullis.laptop.steady import PATIENT, redeploy

# What the tests of `deployed_laptop` change; a redeploy keeps every setting that it does not name.
OF_THE_STACK = {
    "registry": "file",
    "registryCacheSeconds": "30",
    "authorizerCacheSeconds": "0",
    "crlFile": "",
    "crlTable": "false",
    "ratePlans": {},
    "clientsFile": "clients.local.yaml",
    "backendCertificates": ["first"],
}


@pytest.fixture(scope="session")
def laptop(tmp_path_factory):
    """One laptop for every test that breaks nothing."""
    with running(tmp_path_factory.mktemp("laptop")) as started:
        yield started


@pytest.fixture(scope="session")
def deployed_laptop(tmp_path_factory):
    """One laptop for all tests that begin with a deploy; see ``deploy``."""
    with running(tmp_path_factory.mktemp("deployed"), *PATIENT) as started:
        yield started


@pytest.fixture
def deploy(deployed_laptop):
    """Deploys the stack with these settings, whatever the test before has deployed."""
    return lambda **settings: redeploy(deployed_laptop.ready, **(OF_THE_STACK | settings))


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path)
