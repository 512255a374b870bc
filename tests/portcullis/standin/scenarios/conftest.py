"""The project's program with changed settings, on a stack of the stand-in."""

import gc
import json
import runpy
from pathlib import Path

import pytest
import yaml

from portcullis.pki import laptop
from portcullis.settings.project import load_stack_config
from portcullis.standin import LocalKeys, StandIn
from tests.portcullis.contract.contracts import PETSTORE
from tests.portcullis.standin.scenarios.model_engine import Stack

PROJECT = Path(__file__).parents[4]
STACK = "dev"
PLANS = {
    "gold": {"ratePerSecond": 10, "burst": 20},
    "silver": {"ratePerSecond": 1, "burst": 2, "quotaPerDay": 1000},
}


@pytest.fixture(autouse=True)
def _abandoned_outputs():
    """An interrupted program leaves coroutines of its outputs behind; they end with their test."""
    yield
    gc.collect()


def pytest_collection_modifyitems(items):
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.filterwarnings("ignore:coroutine 'Output:RuntimeWarning"))


def new_stack(account="111122223333"):
    performed = []
    stand_in = StandIn(
        region="eu-central-1", account=account, keys=LocalKeys(), on_operation=performed.append
    )
    return Stack(stand_in=stand_in, performed=performed)


class World:
    """Files that settings refer to, and the program."""

    def __init__(self, folder):
        self.folder = folder

    def truststore(self, name):
        pki = laptop.ensure(self.folder / name, hosts=["localhost"], clients={})
        return str(pki.truststore_file)

    def clients(self, name, **plans):
        """A registry file with the clients of the laptop, and a rate plan for each."""
        document = yaml.safe_load((PROJECT / "clients.local.yaml").read_text())
        for client in document["clients"]:
            plan = plans.get(client["id"].replace("-", "_"), plans.get("everybody"))
            if plan:
                client["ratePlan"] = plan
        path = self.folder / f"clients.{name}.yaml"
        path.write_text(yaml.safe_dump(document))
        return str(path)

    def contract(self, **paths):
        """A file with the PetStore's contract and other paths; None removes one."""
        document = yaml.safe_load(PETSTORE.read_text())
        for path, item in paths.items():
            name = "/" + path
            if item is None:
                document["paths"].pop(name, None)
            else:
                document["paths"][name] = item
        file = self.folder / "contract.yaml"
        file.write_text(yaml.safe_dump(document))
        return str(file)

    def config(self, stack=STACK, **settings):
        values = {
            "portcullis:truststoreFile": self.truststore("pki"),
            "portcullis:clientsFile": self.clients("plain"),
        }
        for name, value in settings.items():
            values[f"portcullis:{name}"] = value if isinstance(value, str) else json.dumps(value)
        return load_stack_config(PROJECT, stack, values).raw_values

    @staticmethod
    def program():
        runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """One folder for all scenarios: equal settings give the same code of the authorizer."""
    return tmp_path_factory.mktemp("world")


@pytest.fixture
def world(folder):
    return World(folder)


class States:
    """How many states the tests of this folder have judged."""

    count = 0


JUDGED = pytest.StashKey[States]()


@pytest.fixture(scope="session")
def states_judged(request):
    counted = States()
    request.config.stash[JUDGED] = counted
    return counted


def pytest_terminal_summary(terminalreporter, config):
    if JUDGED in config.stash:
        count = config.stash[JUDGED].count
        terminalreporter.write_line(f"{count} states between operations judged")
