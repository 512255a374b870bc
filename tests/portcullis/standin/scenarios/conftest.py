"""The project's program with changed settings, on a stack of the stand-in."""

import gc
import json
import logging
import runpy
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from portcullis.pki import laptop
from portcullis.settings.project import load_stack_config
from tests.portcullis.contract.contracts import PETSTORE
from tests.portcullis.standin.scenarios.judging import differences, judge
from tests.portcullis.standin.scenarios.model_engine import new_stack

PROJECT = Path(__file__).parents[4]
STACK = "dev"
PLANS = {
    "gold": {"ratePerSecond": 10, "burst": 20},
    "silver": {"ratePerSecond": 1, "burst": 2, "quotaPerDay": 1000},
}


@pytest.fixture(autouse=True)
def _abandoned_outputs(monkeypatch):
    """An interrupted program leaves coroutines of its outputs behind; they end with their test.

    asyncio would log each of them with a traceback, which takes longer than the program itself.
    """
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)
    yield
    gc.collect()


def pytest_collection_modifyitems(items):
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.filterwarnings("ignore:coroutine 'Output:RuntimeWarning"))


class World:
    """Files that settings refer to, and the program."""

    def __init__(self, folder):
        self.folder = folder
        self._truststores = {}

    def truststore(self, name):
        if name not in self._truststores:
            pki = laptop.ensure(self.folder / name, hosts=["localhost"], clients={})
            self._truststores[name] = str(pki.truststore_file)
        return self._truststores[name]

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
        text = yaml.safe_dump(document)
        file = self.folder / f"contract-{sha256(text.encode()).hexdigest()}.yaml"
        file.write_text(text)
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
def world(tmp_path_factory):
    """One folder for all scenarios: equal settings give the same code of the authorizer."""
    return World(tmp_path_factory.mktemp("world"))


class States:
    """How many states the tests of this folder have judged."""

    count = 0


JUDGED = pytest.StashKey[States]()


@pytest.fixture(scope="session")
def states_judged(request):
    counted = States()
    request.config.stash[JUDGED] = counted
    return counted


@pytest.fixture(scope="session")
def created(world, states_judged):
    """Creates the stack with a configuration, judged once; every test gets a copy of its own."""
    known = {}

    def create(config):
        key = json.dumps(config, sort_keys=True)
        if key not in known:
            stack = new_stack()
            update = stack.update(world.program, stack=STACK, config=config)
            judgement = judge(update, goal=stack.stand_in.account)
            states_judged.count += judgement.states
            assert judgement.faults == []
            assert differences(stack.stand_in.account, update.graph) == []
            known[key] = stack
        return known[key].copy()

    return create


def pytest_terminal_summary(terminalreporter, config):
    if JUDGED in config.stash:
        count = config.stash[JUDGED].count
        terminalreporter.write_line(f"{count} states between operations judged")
