"""Which way a laptop deploys, and the sentence that says why."""

import pytest

from portcullis.errors import MisuseError
from portcullis.laptop.engine_choice import choose_deployer
from portcullis.laptop.engine_deploy import EngineDeployer
from portcullis.laptop.in_process_deploy import InProcessDeployer
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.options import EngineChoice
from portcullis.laptop.plan import pack_judge
from portcullis.laptop.progress import Progress
from portcullis.laptop.state_directory import StateDirectory
from tests.portcullis.graph.scripted_cli import scripted_cli


@pytest.fixture
def choose(tmp_path, monkeypatch):
    """The deployer for a choice; ``has_cli`` puts a `pulumi` on an otherwise empty PATH."""

    def make(choice, *, has_cli):
        folder = tmp_path / "bin"
        folder.mkdir()
        if has_cli:
            scripted_cli(folder)
        monkeypatch.setenv("PATH", str(folder))
        processes = KeptProcesses()  # none is started
        return choose_deployer(
            choice,
            state=StateDirectory(tmp_path / "state"),
            progress=Progress(lambda _step: None),
            judge_of=pack_judge(processes),
            processes=processes,
        )

    return make


@pytest.mark.parametrize("choice", [EngineChoice.AUTO, EngineChoice.PULUMI])
def test_a_cli_on_path_is_used(choose, tmp_path, choice):
    deployer = choose(choice, has_cli=True)
    assert isinstance(deployer, EngineDeployer)
    said = deployer.describe()
    assert f"CLI on PATH ({tmp_path}/bin/pulumi, v3.260.0)" in said
    assert f"its state is in {tmp_path}/state/engine" in said


def test_without_a_cli_the_run_is_in_process_and_says_how_to_install_one(choose):
    deployer = choose(EngineChoice.AUTO, has_cli=False)
    assert isinstance(deployer, InProcessDeployer)
    assert "there is no `pulumi` CLI on PATH" in deployer.describe()
    assert "https://www.pulumi.com/docs/install/" in deployer.describe()


@pytest.mark.parametrize("has_cli", [True, False])
def test_in_process_can_be_asked_for(choose, has_cli):
    deployer = choose(EngineChoice.IN_PROCESS, has_cli=has_cli)
    assert isinstance(deployer, InProcessDeployer)
    assert "without state" in deployer.describe()


def test_an_engine_that_is_asked_for_and_missing_is_an_error(choose):
    with pytest.raises(MisuseError, match=r"there is none on PATH.*--engine in-process"):
        choose(EngineChoice.PULUMI, has_cli=False)
