"""The child process around a program: several runs, and every way a program can fail to end."""

import pytest

from portcullis.errors import ExitCode
from portcullis.graph.in_process import ProgramError, loaded, program_host, record
from portcullis.settings.project import load_stack_config

PROGRAM = """\
import pulumi
import pulumi_aws as aws
print("a program may print")
group = aws.cloudwatch.LogGroup("log", name="a")
pulumi.export("arn", group.arn)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: gate\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {aws:region: eu-central-1}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_a_folder_without_a_program_in_python_is_one_line(folder):
    (folder / "__main__.py").unlink()
    with pytest.raises(ProgramError, match=r"no Pulumi program in Python\.[^\n]*--engine$"):
        record(folder, "local", preview=True)


def test_one_process_runs_the_program_as_preview_and_as_update(folder):
    with loaded(folder, "local") as program:
        preview, update = program.record(preview=True), program.record(preview=False)
        assert program.record(preview=False) == update
    assert update.stack_outputs["arn"].startswith("arn:aws:logs:")
    assert preview.stack_outputs["arn"] != update.stack_outputs["arn"]
    assert update == record(folder, "local", preview=False)


def test_what_the_program_raises_is_told(folder):
    (folder / "__main__.py").write_text("raise ValueError('no such pet')")
    with pytest.raises(ProgramError, match="no such pet") as raised:
        record(folder, "local", preview=True)
    assert raised.value.exit_code is ExitCode.FAILED


def test_an_expected_error_keeps_its_text_and_exit_code(folder):
    (folder / "__main__.py").write_text(
        "from portcullis.errors import MisuseError\nraise MisuseError('set this: …')"
    )
    with pytest.raises(ProgramError, match=r"^set this: …$") as raised:
        record(folder, "local", preview=True)
    assert raised.value.exit_code is ExitCode.MISUSE


def test_a_program_that_ends_its_process_is_an_error_with_its_last_words(folder):
    (folder / "__main__.py").write_text(
        "import os, sys\nprint('last words', flush=True)\nos._exit(3)"
    )
    with pytest.raises(ProgramError, match=r"(?s)without a result.*last words"):
        record(folder, "local", preview=True)


def test_a_failed_run_leaves_the_process_usable(folder):
    with loaded(folder, "local") as program:
        (folder / "__main__.py").write_text("raise ValueError('once')")
        with pytest.raises(ProgramError, match="once"):
            program.record(preview=True)
        (folder / "__main__.py").write_text(PROGRAM)
        assert program.record(preview=True).resources


def test_a_type_that_the_stand_in_does_not_know_stops_an_update_by_name(folder):
    (folder / "__main__.py").write_text("import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    assert record(folder, "local", preview=True).resources
    with pytest.raises(ProgramError, match="aws:sqs/queue:Queue"):
        record(folder, "local", preview=False)


SHOWS_WHAT_IS_IMPORTED = """\
import sys, pulumi
pulumi.export("before", sorted(n for n in sys.modules if n in ("pulumi_aws.sqs", "named")))
import pulumi_aws.sqs, named
"""


def test_the_next_plan_and_the_next_host_have_imported_the_sdk_and_nothing_of_the_project(folder):
    (folder / "__main__.py").write_text(SHOWS_WHAT_IS_IMPORTED)
    (folder / "named.py").write_text("")
    settings = load_stack_config(folder, "local")
    seen = []
    for plans in (2, 1):
        with program_host(folder, imports_file=folder / "imports.txt") as host:
            for _ in range(plans):
                with host.plan(settings) as program:
                    graph = program.record(preview=True)
                seen.append(graph.stack_outputs["before"])
    assert seen == [[], ["pulumi_aws.sqs"], ["pulumi_aws.sqs"]]


USES_A_LAZY_PACKAGE = """\
import pulumi_aws as aws
aws.apigateway.Account("account", cloudwatch_role_arn="arn:a")
aws.apigateway.ApiKey("key")
"""


def test_packages_that_the_sdk_imports_lazily_are_whole(folder):
    """A module of such a package that is imported before the package would be missing in it."""
    (folder / "__main__.py").write_text(USES_A_LAZY_PACKAGE)
    names = ("", ".apigateway", ".apigateway._inputs", ".apigateway.account", ".apigateway.api_key")
    imports = folder / "imports.txt"
    imports.write_text("\n".join(f"pulumi_aws{name}" for name in names))
    settings = load_stack_config(folder, "local")
    with program_host(folder, imports_file=imports) as host:
        for _ in range(2):
            with host.plan(settings) as program:
                assert len(program.record(preview=True).resources) == 2
