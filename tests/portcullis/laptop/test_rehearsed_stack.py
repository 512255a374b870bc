"""The settings of a laptop's stack: overridden for this machine, with one client revoked."""

import asyncio
from pathlib import Path

import pytest

from portcullis import registry
from portcullis.errors import MisuseError
from portcullis.graph.resource import Graph
from portcullis.laptop.backend_choice import BackendUrl, SampleBackend
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.progress import Progress
from portcullis.laptop.rehearsed_stack import RehearsedStack
from portcullis.laptop.state_directory import StateDirectory
from portcullis.sample import SAMPLE
from tests.portcullis.contract.contracts import ORDERS
from tests.portcullis.laptop.copies import ROOT

OF_THE_SAMPLE = ["pet-shop", "pet-breeder", "pet-viewer", "pet-hotel", "revoked", "stranger"]
BACKEND = "http://127.0.0.1:9000"


class Deployer:
    """Keeps the settings it was given."""

    def __init__(self):
        self.configs = []
        self.refuses = False

    async def deploy(self, config, _emulator):
        self.configs.append(config)
        if self.refuses:
            raise MisuseError(f"{config.raw_values['portcullis:clientsFile']}:7: not a scope.")
        return Graph(project="portcullis", stack="local", resources=())


class Emulator:
    async def running(self):
        return self


@pytest.fixture
def deployer():
    return Deployer()


@pytest.fixture
def make(tmp_path, deployer):
    def stack(*, backend_url=BACKEND, backend=None, **config):
        state = StateDirectory(tmp_path / "state")
        state.make()
        given = {f"portcullis:{key}": value for key, value in config.items()}
        return RehearsedStack(
            LaptopOptions(project=ROOT, state_directory=state.root, backend=backend, config=given),
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
    assert list(pki.clients) == OF_THE_SAMPLE


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


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.yaml"
    file.write_text(ORDERS)
    return str(file)


def test_a_contract_of_this_run_gets_clients_with_its_scopes(make, deployer, orders, tmp_path):
    pki, _ = deploy(make(contractFile=orders))
    assert list(pki.clients)[:3] == ["partner", "partner-a", "partner-b"]
    copy = Path(deployer.configs[0].raw_values["portcullis:clientsFile"])
    known = registry.load(copy, known_scopes={"orders:read", "orders:write"})
    assert copy.parent == tmp_path / "state/run"
    assert len(known.revoked_thumbprints) == 1


def test_clients_that_fit_the_contract_or_are_named_stay(make, orders, tmp_path):
    own = tmp_path / "clients.yaml"
    own.write_text((ROOT / "clients.local.yaml").read_text().replace("pets:", "orders:"))
    assert list(deploy(make(contractFile=str(ROOT / SAMPLE.contract)))[0].clients) == OF_THE_SAMPLE
    named = make(contractFile=orders, clientsFile=str(own))
    assert list(deploy(named)[0].clients) == OF_THE_SAMPLE


def test_the_sample_needs_no_option_and_another_contract_needs_a_backend(make, orders):
    assert make().required_backend() == SampleBackend()
    assert make(backendUrl="http://127.0.0.1:1").required_backend() == SampleBackend()
    with pytest.raises(MisuseError) as refused:
        make(contractFile=orders).required_backend()
    text = str(refused.value)
    assert "the backend of stack local (https://127.0.0.1:8081)" in text
    assert "portcullis up --backend http://127.0.0.1:PORT" in text
    assert "--backend 'COMMAND'" in text
    own = BackendUrl(url="http://127.0.0.1:9000")
    assert make(contractFile=orders, backend=own).required_backend() == own
    assert make(backend=own).required_backend() == own
    assert make(contractFile=orders, backendUrl=f"{own.url}/").required_backend() == own


def test_a_contract_that_is_refused_is_an_error_before_anything_is_made(make, orders, tmp_path):
    Path(orders).write_text(ORDERS.replace("3.0.3", "3.1.0"))
    with pytest.raises(MisuseError, match=r"orders\.yaml:1: openapi: is 3.1.0"):
        make(contractFile=orders)
    assert not (tmp_path / "state" / "pki").exists()


def test_a_fault_of_the_copied_registry_names_the_file_that_is_edited(make, deployer):
    stack = make()
    deployer.refuses = True

    async def run():
        await stack.make_certificates()
        await stack.deploy()

    with pytest.raises(MisuseError, match=r"^clients\.local\.yaml:7: not a scope\.$"):
        asyncio.run(run())
