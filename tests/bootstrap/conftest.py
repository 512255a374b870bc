"""The deployer's rights for the stacks of one account, and the graphs of this project's stacks."""

import pytest

from bootstrap.scopes import Scopes
from components.arn import Place
from portcullis.graph.in_process import record
from portcullis.pki import laptop
from tests.bootstrap.stacks import EXTRAS, PROJECT, STACKS

PLACE = Place(region="eu-central-1", account_id="111122223333")


@pytest.fixture
def scopes():
    return Scopes(PLACE, "Z0123456789DEVEXAMPLE", ("project", "portcullis"), "portcullis")


@pytest.fixture(scope="session")
def resources(tmp_path_factory):
    """All resources of all four stacks, and of dev with everything that is optional."""
    pki = laptop.ensure(tmp_path_factory.mktemp("pki"), hosts=["localhost"], clients={})
    made = {"portcullis:truststoreFile": str(pki.truststore_file)}
    graphs = [
        record(PROJECT, stack, preview=False, config=made if stack == "local" else {})
        for stack in STACKS
    ]
    graphs.append(record(PROJECT, "dev", preview=False, config=EXTRAS))
    return [r for graph in graphs for r in graph.resources if r.type.startswith("aws:")]
