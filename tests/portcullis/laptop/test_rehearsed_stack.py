"""The settings of a laptop's stack: overridden for this machine, with one client revoked."""

import asyncio
from pathlib import Path

import pytest

from portcullis import registry
from portcullis.errors import MisuseError
from portcullis.graph.resource import Graph
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.progress import Progress
from portcullis.laptop.rehearsed_stack import RehearsedStack
from portcullis.laptop.state_directory import StateDirectory
from tests.portcullis.laptop.copies import ROOT

BACKEND = "http://127.0.0.1:9000"


class Deployer:
    """Keeps the settings it was given."""

    def __init__(self):
        self.configs = []

    async def deploy(self, config, _emulator):
        self.configs.append(config)
        return Graph(project="portcullis", stack="local", resources=())


class Emulator:
    async def running(self):
        return self


@pytest.fixture
def deployer():
    return Deployer()


@pytest.fixture
def make(tmp_path, deployer):
    def stack(*, backend_url=BACKEND, **config):
        state = StateDirectory(tmp_path / "state")
        state.make()
        given = {f"portcullis:{key}": value for key, value in config.items()}
        return RehearsedStack(
            LaptopOptions(project=ROOT, state_directory=state.root, config=given),
            state,
            backend_url=backend_url,
            progress=Progress(lambda _step: None),
            deployer=deployer,
            emulator=Emulator(),
        )

    return stack


def deploy(stack, *changes):
    async def run():
        pki = await stack.make_certificates()
        for change in changes or ({},):
            deployed = await stack.deploy(change)
        return pki, deployed

    return asyncio.run(run())


def test_backend_truststore_and_registry_are_the_laptops_own(make, deployer, tmp_path):
    deploy(make())
    values = deployer.configs[0].raw_values
    assert values["portcullis:backendUrl"] == BACKEND
    assert values["portcullis:truststoreFile"] == str(tmp_path / "state/pki/truststore.pem")
    assert values["portcullis:clientsFile"] == str(tmp_path / "state/run/clients.local.yaml")


def test_an_option_comes_before_the_laptops_choice(make, deployer):
    deploy(make(backend_url=None, backendUrl="http://127.0.0.1:1"))
    assert deployer.configs[0].raw_values["portcullis:backendUrl"] == "http://127.0.0.1:1"


def test_the_copy_of_the_registry_revokes_one_certificate_and_the_original_stays(make, deployer):
    before = (ROOT / "clients.local.yaml").read_bytes()
    deploy(make())
    copy = Path(deployer.configs[0].raw_values["portcullis:clientsFile"])
    assert len(registry.load(copy, known_scopes=None).revoked_thumbprints) == 1
    assert (ROOT / "clients.local.yaml").read_bytes() == before


def test_certificates_are_made_for_the_registry_and_two_clients_of_the_laptop(make):
    pki, _ = deploy(make())
    assert list(pki.clients) == ["pet-shop", "pet-viewer", "pet-hotel", "revoked", "stranger"]


def test_changes_count_for_later_deploys_only_once_they_are_adopted(make, deployer):
    stack = make()
    _, deployed = deploy(stack, {"portcullis:rateLimit": "500"}, {})
    limits = [config.raw_values["portcullis:rateLimit"] for config in deployer.configs]
    assert limits == ["500", "300"]
    assert deployed.settings.rate_limit == 300

    async def again():
        stack.adopt(await stack.deploy({"portcullis:rateLimit": "600"}))
        return await stack.deploy({})

    assert asyncio.run(again()).settings.rate_limit == 600


def test_a_refused_setting_is_an_error_before_anything_is_made(make, tmp_path):
    with pytest.raises(MisuseError, match="rateLimit is 1"):
        make(rateLimit="1")
    assert not (tmp_path / "state" / "pki").exists()
