"""The program that a child starts with: it ends with its parent."""

import os
import subprocess
import sys
import textwrap

from portcullis.gateway.processes import exec  # noqa: A004 - the module under test
from tests.portcullis.gateway.processes.liveness import ends, is_alive


def test_children_die_with_a_parent_that_was_killed(tmp_path):
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from portcullis.gateway.processes.child import Command, Supervised, minimal_environment
        scratch = Path(sys.argv[1])
        async def main():
            child = Supervised(
                Command(name="child", arguments=("sleep", "600"),
                        environment=minimal_environment(scratch), log_file=scratch / "log"),
            )
            await child.start()
            print(child.pid, flush=True)
            await asyncio.sleep(600)
        asyncio.run(main())
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert ends(child)


def test_a_child_whose_parent_has_ended_already_does_not_start(tmp_path):
    marker = tmp_path / "ran"
    done = subprocess.run(
        [sys.executable, "-I", "-S", exec.__file__, "1", "touch", marker],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "the parent has ended" in done.stderr
    assert not marker.exists()


def test_it_becomes_the_program_with_its_arguments():
    done = subprocess.run(
        [sys.executable, "-I", "-S", exec.__file__, str(os.getpid()), "echo", "a b", "c"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "a b c\n")


def test_a_program_that_does_not_exist_is_named():
    done = subprocess.run(
        [sys.executable, "-I", "-S", exec.__file__, str(os.getpid()), "no-such-program"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("no-such-program: ")
