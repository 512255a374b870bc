"""Without an engine: the plan is judged first, and a refused one starts no emulator."""

import asyncio
import contextlib

import pytest

from portcullis.analyzer.verdict import Verdict
from portcullis.errors import PortcullisError
from portcullis.laptop.in_process_deploy import InProcessDeployer
from portcullis.laptop.kept_processes import KeptProcesses
from portcullis.laptop.progress import Progress
from portcullis.settings.project import load_stack_config
from tests.portcullis.laptop.copies import copy_project


class RefusedError(PortcullisError):
    """What a judge raises."""


class Emulator:
    endpoint_url = "http://127.0.0.1:1"

    def __init__(self):
        self.starts = 0

    def prepare(self):
        """Its process may start: it does not listen before it runs."""

    async def running(self):
        self.starts += 1


def deployer(approve, steps=None):
    class Judge:
        def approve(self, graph, *, is_preview):
            return approve(graph, is_preview)

    @contextlib.contextmanager
    def judge_of(_project):
        yield Judge()

    shown = [] if steps is None else steps
    progress = Progress(lambda step: shown.append(step.name) if step.seconds is None else None)
    processes = KeptProcesses()
    return InProcessDeployer(
        judge_of=judge_of, processes=processes, progress=progress, reason="there is no CLI."
    )


def approving(_graph, _is_preview):
    return Verdict(pack="none", rules=(), violations=())


async def deploy(deploying, project, emulator):
    try:
        return await deploying.deploy(load_stack_config(project, "local"), emulator)
    finally:
        deploying._processes.end()


def test_a_refused_plan_starts_no_emulator(tmp_path):
    def refuse(_graph, is_preview):
        assert is_preview
        raise RefusedError

    emulator, steps = Emulator(), []
    with pytest.raises(RefusedError):
        asyncio.run(deploy(deployer(refuse, steps), copy_project(tmp_path), emulator))
    assert emulator.starts == 0
    assert steps == ["plan", "policies"]


def test_a_program_that_fails_starts_no_emulator(tmp_path):
    project = copy_project(tmp_path)
    (project / "__main__.py").write_text('raise ValueError("no such pet")')
    emulator = Emulator()
    with pytest.raises(PortcullisError, match="no such pet"):
        asyncio.run(deploy(deployer(approving), project, emulator))
    assert emulator.starts == 0


def test_the_terminal_is_told_that_there_is_no_state():
    said = deployer(lambda *_: None).describe()
    assert said == "This is a rehearsal in process, without state: there is no CLI."


def test_an_edited_module_counts_at_the_next_deploy(tmp_path):
    deploying = deployer(approving)
    project = copy_project(tmp_path)
    program = "import pulumi\nimport named\npulumi.export('name', named.NAME)\n"
    (project / "__main__.py").write_text(program)

    async def run():
        names = []
        for name in ("one", "another"):
            (project / "named.py").write_text(f"NAME = {name!r}\n")
            graph = await deploying.deploy(load_stack_config(project, "local"), Emulator())
            names.append(graph.stack_outputs["name"])
        deploying._processes.end()
        return names

    assert asyncio.run(run()) == ["one", "another"]
